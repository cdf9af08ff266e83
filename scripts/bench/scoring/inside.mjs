// @ts-check
/**
 * Inside one of the processes that share a checkpoint, with one thread: the time of our model alone, batches included
 * and everything around left out, and what the arithmetic that has to be done takes at the rate of ONNX Runtime's own
 * MatMul. In turns, and both summed: the machine's speed changes from minute to minute, and the least of a few short runs
 * is no measure for a long one.
 *
 *     node scripts/bench/scoring/inside.mjs SHARE SHARES > figures.json
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { library } from './library.mjs';
import { openProducts, PAUSE, stopwatch } from './matmul.mjs';
import { SHAPE } from './model.mjs';
import { checkpoint, textsFile } from './places.mjs';

/** Batches of the model between two looks at the products. */
const TURN = 16;

const [share = 0, shares = 1] = process.argv.slice(2).map(Number);
/** @type {import('./texts.mjs').Text[]} */
const texts = JSON.parse(readFileSync(textsFile, 'utf8'));
const { openSession, measure } = await library();
const session = await openSession(path.join(checkpoint(0), 'model.onnx'), {
  threads: 1,
  context: SHAPE.context,
});
const { path: taken, limits } = session;
if (taken !== 'gathered') throw new Error(`The graph is run as it is, since ${session.why}.`);
const products = await openProducts(texts, limits.tokens);
const model = { wall: 0, cpu: 0 };
const arithmetic = { wall: 0, cpu: 0 };
let [batches, turns] = [0, 0];
await setTimeout(PAUSE);
let took = stopwatch();
await measure(
  session,
  texts.map((text, i) => ({ ...text, name: `p${i}` })).filter((_, i) => i % shares === share),
  {
    onBatch: async () => {
      if (++batches % TURN !== 0) return;
      add(model, took());
      add(arithmetic, await products.seconds());
      turns++;
      await setTimeout(PAUSE);
      took = stopwatch();
    },
  },
);
add(model, took());
await session.release();
await products.release();
process.stdout.write(
  JSON.stringify({
    model,
    arithmetic: {
      wall: arithmetic.wall / turns,
      cpu: arithmetic.cpu / turns,
      operations: products.operations,
    },
  }),
);

/** @param {import('./matmul.mjs').Seconds} total @param {import('./matmul.mjs').Seconds} more */
function add(total, { wall, cpu }) {
  total.wall += wall;
  total.cpu += cpu;
}
