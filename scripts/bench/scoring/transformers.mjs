// @ts-check
/**
 * With @huggingface/transformers, one probe a call.
 *
 *     node scripts/bench/scoring/transformers.mjs > scores.json
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { checkpoints, peer, textsFile, THREADS } from './places.mjs';
import { meanLogprob } from './softmax.mjs';

/** @type {import('./texts.mjs').Text[]} */
const texts = JSON.parse(readFileSync(textsFile, 'utf8'));
const { AutoModelForCausalLM, Tensor, env } = createRequire(path.join(peer, 'package.json'))(
  '@huggingface/transformers',
);
env.allowRemoteModels = false;
env.localModelPath = checkpoints;
const model = await AutoModelForCausalLM.from_pretrained('step-0', {
  dtype: 'fp32',
  device: 'cpu',
  subfolder: '',
  model_file_name: 'model',
  use_external_data_format: true,
  local_files_only: true,
  session_options: { intraOpNumThreads: THREADS },
});
/** @type {number[]} */
const scores = [];
for (const text of texts) {
  const shape = [1, text.ids.length];
  const { logits } = await model({
    input_ids: new Tensor('int64', BigInt64Array.from(text.ids, BigInt), shape),
    attention_mask: new Tensor('int64', new BigInt64Array(text.ids.length).fill(1n), shape),
  });
  scores.push(meanLogprob(logits.data, 0, text));
}
process.stdout.write(JSON.stringify(scores));
