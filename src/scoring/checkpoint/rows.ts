import type { ScoreRow } from '../../core/results/row';
import type { CheckpointTask, ScoreRequest } from '../../protocol/scorer';
import type { Measured } from '../session/score';

/** The numbers of a row: all that the model has said of its text. */
export type Numbers = Pick<
  ScoreRow,
  'n_tokens' | 'logprob_mean' | 'logprob_sum' | 'logprob_first' | 'logprob_full' | 'greedy' | 'tokens'
>;

/** Sums up what was measured (DESIGN sections 2 and 5). Nats; means are per token. */
export function numbersOf({ tokens, full }: Measured, tokenText: (id: number) => string): Numbers {
  const sum = tokens.reduce((total, token) => total + token.logprob, 0);
  return {
    n_tokens: tokens.length,
    logprob_mean: sum / tokens.length,
    logprob_sum: sum,
    logprob_first: tokens[0]!.logprob,
    logprob_full: full ?? null,
    greedy: tokens.every((token) => token.best[0]?.id === token.id),
    tokens: tokens.map(({ id, logprob, rank, best }) => ({
      id,
      token: tokenText(id),
      logprob,
      rank,
      // With a spread V8 would make each of these objects a hidden class of its own, twice its size.
      best: best.map((other) => ({ id: other.id, logprob: other.logprob, token: tokenText(other.id) })),
    })),
  };
}

/** The row of a request, from numbers measured now or found on disk under the same key. */
export function rowOf(task: CheckpointTask, request: ScoreRequest, key: string, numbers: Numbers): ScoreRow {
  const { fact, probe, kind, condition, role, index, text } = request;
  const { n_tokens, logprob_mean, logprob_sum, logprob_first, logprob_full, greedy, tokens } = numbers;
  return {
    run: task.run,
    step: task.step,
    fact,
    probe,
    kind,
    condition,
    role,
    index,
    text,
    n_tokens,
    n_bytes: Buffer.byteLength(text, 'utf8'),
    logprob_mean,
    logprob_sum,
    logprob_first,
    logprob_full,
    greedy,
    tokens,
    key,
  };
}
