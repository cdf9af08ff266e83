import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BEST } from '../../../src/scoring/graph/questions';
import { areProbabilities, logSumExp, pick } from '../../../src/scoring/session/softmax';

const logits = fc.float32Array({
  noNaN: true,
  noDefaultInfinity: true,
  min: -80,
  max: 80,
  minLength: 1,
  maxLength: 40,
});

describe('log-softmax', () => {
  it('adds up to one, whatever is added to all logits', () => {
    fc.assert(
      fc.property(logits, (row) => {
        const normalizer = logSumExp(row);
        const total = row.reduce((sum, logit) => sum + Math.exp(logit - normalizer), 0);
        expect(total).toBeCloseTo(1, 10);
      }),
    );
  });

  it('does not overflow', () => {
    expect(logSumExp(Float32Array.of(3e38, 3e38))).toBeCloseTo(Math.fround(3e38) + Math.LN2);
    expect(logSumExp(Float32Array.of(-3e38, -3e38))).toBeCloseTo(Math.fround(-3e38) + Math.LN2);
  });

  it.each([NaN, Infinity])('says NaN where there is %s', (bad) => {
    expect(logSumExp(Float32Array.of(1, bad, 2))).toBeNaN();
    expect(logSumExp(Float32Array.of(bad, bad))).toBeNaN();
    expect(logSumExp(Float32Array.of(bad, -bad, 0))).toBeNaN();
  });

  it('leaves out what is ruled out, unless that is everything', () => {
    const row = Float32Array.of(1, -Infinity, 2);
    expect(logSumExp(row)).toBe(logSumExp(Float32Array.of(1, 2)));
    expect(pick(row, 0, logSumExp(row)).best.map(({ id }) => id)).toEqual([2, 0]);
    expect(logSumExp(Float32Array.of(-Infinity, -Infinity))).toBeNaN();
  });

  it('knows a distribution from logits', () => {
    expect(areProbabilities(Float32Array.of(0.25, 0.75, 0))).toBe(true);
    expect(areProbabilities(Float32Array.of(0.25, 0.85, -0.1))).toBe(false);
    expect(areProbabilities(Float32Array.of(0.25, 0.5, 0.5))).toBe(false);
    expect(areProbabilities(Float32Array.of(0.25, NaN, 0.75))).toBe(false);
  });

  it('ranks and picks the best as sorting would', () => {
    fc.assert(
      fc.property(logits, fc.nat(), (row, n) => {
        const token = n % row.length;
        const found = pick(row, token, logSumExp(row));
        const sorted = [...row.keys()].sort((a, b) => row[b]! - row[a]! || a - b);
        expect(found.best.map(({ id }) => id)).toEqual(sorted.slice(0, BEST));
        expect(found.rank).toBe(1 + row.filter((logit) => logit > row[token]!).length);
        expect(found.logprob).toBe(row[token]! - logSumExp(row));
      }),
    );
  });

  it('gives equal logits the same rank, and the smaller id first', () => {
    const { rank, best } = pick(Float32Array.of(1, 2, 2, 0, 2), 4, 0);
    expect(rank).toBe(1);
    expect(best.map(({ id }) => id)).toEqual([1, 2, 4, 0, 3]);
  });
});
