// @ts-check
/**
 * Inside one process: the time of our model alone, batches included and everything around left out, and what the
 * arithmetic that has to be done takes at the rate of ONNX Runtime's own MatMul. In turns, batch by batch, and both
 * summed over all batches: the machine's speed changes from minute to minute, and the least of a few short runs is no
 * measure for a long one.
 *
 *     node --expose-gc scripts/bench/scoring/inside.mjs > figures.json
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { library } from './library.mjs';
import { openProducts, PAUSE, stopwatch } from './matmul.mjs';
import { checkpoint, textsFile, THREADS } from './places.mjs';

/** @type {import('./texts.mjs').Text[]} */
const texts = JSON.parse(readFileSync(textsFile, 'utf8'));
const { openSession, measure } = await library();
const session = await openSession(path.join(checkpoint(0), 'model.onnx'), { threads: THREADS });
const { path: taken, limits } = session;
if (taken !== 'gathered') throw new Error(`The graph is run as it is, since ${session.why}.`);
const products = await openProducts(texts, limits.tokens);
const model = { wall: 0, cpu: 0 };
const arithmetic = { wall: 0, cpu: 0 };
let batches = 0;
/** @param {import('./matmul.mjs').Seconds} total @param {import('./matmul.mjs').Seconds} more */
const add = (total, { wall, cpu }) => {
  total.wall += wall;
  total.cpu += cpu;
};
let took = stopwatch();
await measure(
  session,
  texts.map((text, i) => ({ ...text, name: `p${i}` })),
  {
    async onBatch() {
      add(model, took());
      add(arithmetic, await products.seconds());
      batches++;
      await setTimeout(PAUSE);
      took = stopwatch();
    },
  },
);
await session.release();
await products.release();
process.stdout.write(
  JSON.stringify({
    model,
    arithmetic: {
      wall: arithmetic.wall / batches,
      cpu: arithmetic.cpu / batches,
      operations: products.operations,
    },
  }),
);
