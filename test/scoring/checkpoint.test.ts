import { describe, expect, it } from 'vitest';
import { readStep } from '../../src/disk/results/read';
import { scoreCheckpoint } from '../../src/scoring/checkpoint';
import { REFERENCE, request, task, temporaryFolder } from './helpers';
import type { ScoreRow } from '../../src/core/results/row';

/** Compares rows with PyTorch: every log probability to 1e-5 nats; ids, ranks, order of the best and greedy exactly. */
function expectReference(rows: readonly ScoreRow[], precision: 'float32' | 'float16'): number {
  let largest = 0;
  for (const [i, expected] of REFERENCE.entries()) {
    const row = rows.find(({ probe }) => probe === `case-${i}`)!;
    const score = expected[precision];
    const difference = (a: number, b: number): void => {
      largest = Math.max(largest, Math.abs(a - b));
    };
    expect(row.tokens.map(({ id, rank }) => ({ id, rank }))).toEqual(
      score.tokens.map(({ id, rank }) => ({ id, rank })),
    );
    expect(row.tokens.map(({ best }) => best.map(({ id }) => id))).toEqual(
      score.tokens.map(({ best }) => best.map(({ id }) => id)),
    );
    expect(row.greedy).toBe(score.greedy);
    expect(row.n_tokens).toBe(score.tokens.length);
    expect(row.n_bytes).toBe(Buffer.byteLength(expected.continuation));
    const sum = score.tokens.reduce((total, { logprob }) => total + logprob, 0);
    difference(row.logprob_sum / row.n_tokens, sum / score.tokens.length);
    difference(row.logprob_mean, sum / score.tokens.length);
    difference(row.logprob_first, score.tokens[0]!.logprob);
    difference(row.logprob_full, score.full);
    for (const [j, token] of score.tokens.entries()) {
      difference(row.tokens[j]!.logprob, token.logprob);
      for (const [k, best] of token.best.entries()) difference(row.tokens[j]!.best[k]!.logprob, best.logprob);
    }
  }
  expect(rows).toHaveLength(REFERENCE.length);
  expect(largest).toBeLessThan(1e-5);
  return largest;
}

describe('a checkpoint against PyTorch', () => {
  it.each([
    ['plain', 'float32'],
    ['ids-only', 'float32'],
    ['positions', 'float32'],
    ['int32', 'float32'],
    ['past', 'float32'],
    ['external', 'float32'],
    ['float16', 'float16'],
  ] as const)('%s', async (fixture, precision) => {
    const outcome = await scoreCheckpoint(task(fixture, await temporaryFolder()));
    expect(outcome.refused).toEqual([]);
    const largest = expectReference(outcome.rows, precision);
    console.log(fixture, largest, outcome.milliseconds);
  });
});
