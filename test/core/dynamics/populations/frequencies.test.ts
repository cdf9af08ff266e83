import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byFrequency, normalized, total, zipf } from '../../../../src/core/dynamics/populations/frequencies';
import { oracle } from './oracle';

describe('frequencies', () => {
  it.each(oracle.zipf)('by Zipf: $facts facts, exponent $s, as SciPy', ({ s, facts, ranks, frequencies }) => {
    const p = zipf(facts, s);
    ranks.forEach((rank, i) => {
      expect(p[rank - 1]! / frequencies[i]!).toBeCloseTo(1, 12);
    });
    expect(total(p)).toBeCloseTo(1, 13);
  });

  it('of one fact are 1', () => {
    expect([...zipf(1, 1.7)]).toEqual([1]);
  });

  it('are refused where they have no sum', () => {
    for (const weights of [[0, 0], [Infinity, 1], [NaN], []])
      expect(() => normalized(Float64Array.from(weights))).toThrow(/add up to/);
  });

  it('are summed without loss', () => {
    expect(total(Float64Array.of(1, 1e100, 1, -1e100))).toBe(2);
  });

  it('are ranked; of two alike the first comes first', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1 }), (counts) => {
        const order = [...byFrequency(Float64Array.from(counts))];
        expect(order).toEqual(
          counts
            .map((count, i) => ({ count, i }))
            .sort((a, b) => b.count - a.count || a.i - b.i)
            .map(({ i }) => i),
        );
      }),
    );
  });
});
