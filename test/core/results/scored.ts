import { parseProbeFile } from '../../../src/core/probes/parse';
import type { ProbeFile } from '../../../src/core/probes/model';
import { scoreRequests } from '../../../src/core/probes/requests';
import { contentKey, type Scorer } from '../../../src/core/results/key';
import type { Part } from '../../../src/core/results/part';
import type { ScoreRow } from '../../../src/core/results/row';
import { row } from './rows';

export function scorerOf(step: number): Scorer {
  return { model: `model-${step}`, tokenizer: 'tokenizer', options: 'none' };
}

/** A probe file that has to be sound. */
export function probeFile(text: string): ProbeFile {
  const { file, problems } = parseProbeFile(text);
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('\n'));
  return file;
}

/**
 * What scoring a checkpoint would give, with made-up numbers: a row for every request, its key that of the text.
 * @param logprob ℓ of a text; undefined leaves the row out
 * @param scorer another one for each step when not given
 */
export function scored(
  file: ProbeFile,
  run: string,
  step: number,
  logprob: (request: Pick<ScoreRow, 'fact' | 'probe' | 'role' | 'index' | 'text'>) => number | undefined,
  scorer: Scorer = scorerOf(step),
): Part {
  const rows = scoreRequests(file, run).flatMap(({ prompt, join, ...request }) => {
    const mean = logprob(request);
    if (mean === undefined) return [];
    const key = contentKey(scorer, { prompt, continuation: join + request.text });
    return [row({ ...request, run, step, key, logprob_mean: mean, logprob_sum: 2 * mean })];
  });
  return { metadata: { scorer, settings: {} }, rows };
}
