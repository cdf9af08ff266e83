// @ts-check
/**
 * As it is used by default: prompts with a target and eight foils of as many tokens; prompts read once, and anew for
 * each continuation.
 *
 *     node scripts/bench/scoring/foils.mjs > figures.json
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { library } from './library.mjs';
import { stopwatch } from './matmul.mjs';
import { SHAPE } from './model.mjs';
import { checkpoint, textsFile, THREADS } from './places.mjs';

const PROMPTS = 65;
const CONTINUATIONS = 9;

/** @type {import('./texts.mjs').Text[]} */
const all = JSON.parse(readFileSync(textsFile, 'utf8'));
const { openSession, measure } = await library();
const texts = all.filter((_, i) => i % Math.ceil(all.length / PROMPTS) === 0).flatMap(continued);

/** @param {import('./texts.mjs').Text} text @param {number} index */
function continued({ ids, firstTarget }, index) {
  const tokens = ids.length - firstTarget;
  const targets = all.flatMap((other) =>
    other.ids.length - other.firstTarget === tokens ? [other.ids.slice(-tokens)] : [],
  );
  const different = [...new Map(targets.map((target) => [target.join(), target])).values()];
  const start = (index * CONTINUATIONS) % different.length;
  return [...different.slice(start), ...different.slice(0, start)].slice(0, CONTINUATIONS).map((target) => ({
    ids: [...ids.slice(0, firstTarget), ...target],
    firstTarget,
    name: `p${index}`,
  }));
}

/** @param {boolean} share */
async function score(share) {
  const session = await openSession(path.join(checkpoint(0), 'model.onnx'), {
    threads: THREADS,
    context: SHAPE.context,
  });
  /** @type {number[]} */
  const scores = [];
  const took = stopwatch();
  await measure(session, texts, {
    sharing: share,
    onBatch: (done) => {
      for (const [i, { tokens }] of done)
        scores[i] = tokens.reduce((sum, { logprob }) => sum + logprob, 0) / tokens.length;
    },
  });
  const seconds = took();
  if (share && !session.weaving?.verified)
    throw new Error(`Prompts are not shared, since ${session.whyRepeated}.`);
  await session.release();
  return { scores, ...seconds };
}

const shared = await score(true);
const apart = await score(false);
process.stdout.write(
  JSON.stringify({
    texts: texts.length,
    shared: { wall: shared.wall, cpu: shared.cpu },
    apart: { wall: apart.wall, cpu: apart.cpu },
    difference: Math.max(...shared.scores.map((one, i) => Math.abs(one - (apart.scores[i] ?? NaN)))),
  }),
);
