import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeBatches, tokenBudget } from '../../src/scoring/batches';

describe('batches', () => {
  it('hold every text once, within the budget, longest first', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 60 })),
        fc.integer({ min: 1, max: 200 }),
        (lengths, budget) => {
          const batches = makeBatches(lengths, budget);
          expect(batches.flat().toSorted((a, b) => a - b)).toEqual([...lengths.keys()]);
          const widths = batches.map((batch) => Math.max(...batch.map((i) => lengths[i]!)));
          expect(widths).toEqual(widths.toSorted((a, b) => b - a));
          for (const [i, batch] of batches.entries()) {
            if (batch.length > 1) expect(batch.length * widths[i]!).toBeLessThanOrEqual(budget);
          }
        },
      ),
    );
  });

  it('stay small where the vocabulary is large', () => {
    expect(tokenBudget(1_000)).toBe(1024);
    expect(tokenBudget(256_000) * 256_000 * 4).toBeLessThanOrEqual(64 * 2 ** 20);
    expect(tokenBudget(1e12)).toBe(1);
  });
});
