// @ts-check
/**
 * Inside one process: the time of our model alone, batches included and everything around left out, and what the
 * arithmetic that has to be done takes at the rate of ONNX Runtime's own MatMul.
 *
 *     node --expose-gc scripts/bench/scoring/inside.mjs > figures.json
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { library } from './library.mjs';
import { matmulSeconds } from './matmul.mjs';
import { checkpoint, textsFile, THREADS } from './places.mjs';

/** @type {import('./texts.mjs').Text[]} */
const texts = JSON.parse(readFileSync(textsFile, 'utf8'));
const { openSession, measure } = await library();
const session = await openSession(path.join(checkpoint(0), 'model.onnx'), { threads: THREADS });
const { path: taken, limits } = session;
if (taken !== 'gathered') throw new Error(`The graph is run as it is, since ${session.why}.`);
const cpu = process.cpuUsage();
const start = performance.now();
await measure(
  session,
  texts.map((text, i) => ({ ...text, name: `p${i}` })),
  { onBatch: () => undefined },
);
const wall = (performance.now() - start) / 1000;
const { user, system } = process.cpuUsage(cpu);
await session.release();
process.stdout.write(
  JSON.stringify({
    model: { wall, cpu: (user + system) / 1e6 },
    arithmetic: await matmulSeconds(texts, limits.tokens),
  }),
);
