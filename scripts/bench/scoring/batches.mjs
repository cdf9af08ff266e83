// @ts-check
/**
 * What one would write with onnxruntime-node alone: batches of one fact's probes in file order, as in the paper's
 * script, padded; the logits of all positions; log-softmax over the target's positions here.
 *
 *     node scripts/bench/scoring/batches.mjs > scores.json
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { checkpoint, textsFile, THREADS } from './places.mjs';
import { PER_FACT } from './texts.mjs';
import { meanLogprob } from './softmax.mjs';

/** @typedef {import('./texts.mjs').Text} Text */

/** @type {Text[]} */
const texts = JSON.parse(readFileSync(textsFile, 'utf8'));
const session = await InferenceSession.create(path.join(checkpoint(0), 'model.onnx'), {
  intraOpNumThreads: THREADS,
});
/** @type {number[]} */
const scores = [];
for (let start = 0; start < texts.length; start += PER_FACT) {
  const batch = texts.slice(start, start + PER_FACT);
  const width = Math.max(...batch.map(({ ids }) => ids.length));
  /** @param {(text: Text, place: number) => number} value */
  const tensor = (value) =>
    new Tensor(
      'int64',
      BigInt64Array.from(
        batch.flatMap((text) => Array.from({ length: width }, (_, place) => BigInt(value(text, place)))),
      ),
      [batch.length, width],
    );
  const { logits } = await session.run({
    input_ids: tensor(({ ids }, place) => ids[place] ?? 0),
    attention_mask: tensor(({ ids }, place) => (place < ids.length ? 1 : 0)),
  });
  const data = /** @type {Float32Array} */ (logits?.data);
  for (const [row, text] of batch.entries()) scores.push(meanLogprob(data, row * width, text));
}
process.stdout.write(JSON.stringify(scores));
