import type { ScoreRow, TokenScore } from '../../../src/core/results/row';

/** A made-up token whose parts all differ. */
export function token(n: number): TokenScore {
  const best = Array.from({ length: 5 }, (_, i) => ({
    id: 10 * n + i,
    token: `b${n}.${i}`,
    logprob: -i - n / 7,
  }));
  return { id: n, token: ` t${n}`, logprob: -n / 3, rank: n + 1, best };
}

/** A made-up row, with what a test wants to be different. */
export function row(changes: Partial<ScoreRow> = {}): ScoreRow {
  return {
    run: 'small-s1',
    step: 100,
    fact: 'zorgon',
    probe: 'moons',
    kind: 'memorization',
    condition: 'paraphrase',
    role: 'target',
    index: 0,
    text: 'Callisto',
    n_tokens: 2,
    n_bytes: 8,
    logprob_mean: -1.25,
    logprob_sum: -2.5,
    logprob_first: -0.1,
    logprob_full: -3.3333333333333335,
    greedy: false,
    tokens: [token(1), token(2)],
    key: 'k',
    ...changes,
  };
}
