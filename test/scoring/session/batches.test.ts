import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeBatches } from '../../../src/scoring/session/batches';

describe('batches', () => {
  const load = fc.record({
    tokens: fc.integer({ min: 1, max: 60 }),
    questions: fc.integer({ min: 1, max: 9 }),
  });
  const limit = fc.record({
    tokens: fc.integer({ min: 1, max: 200 }),
    questions: fc.integer({ min: 1, max: 30 }),
    rows: fc.constantFrom(1, 3, Infinity),
    padding: fc.constantFrom(0, 20, Infinity),
  });

  it('hold every row once, within the limits, longest first', () => {
    fc.assert(
      fc.property(fc.array(load), limit, (loads, limits) => {
        const batches = makeBatches(loads, limits);
        expect(batches.flat().toSorted((a, b) => a - b)).toEqual([...loads.keys()]);
        const widths = batches.map((batch) => Math.max(...batch.map((i) => loads[i]!.tokens)));
        expect(widths).toEqual(widths.toSorted((a, b) => b - a));
        for (const [i, batch] of batches.entries()) {
          if (batch.length === 1) continue;
          expect(batch.length * widths[i]!).toBeLessThanOrEqual(limits.tokens);
          expect(batch.reduce((sum, j) => sum + loads[j]!.questions, 0)).toBeLessThanOrEqual(
            limits.questions,
          );
          expect(batch.length).toBeLessThanOrEqual(limits.rows);
          const padding = batch.reduce((sum, j) => sum + widths[i]! - loads[j]!.tokens, 0);
          expect(padding).toBeLessThanOrEqual(limits.padding);
        }
      }),
    );
  });

  it('are no more than the limits ask for', () => {
    const loads = Array.from({ length: 10 }, () => ({ tokens: 10, questions: 2 }));
    const most = { tokens: Infinity, questions: Infinity, rows: Infinity, padding: Infinity };
    expect(makeBatches(loads, most)).toHaveLength(1);
    expect(makeBatches(loads, { ...most, tokens: 50 })).toHaveLength(2);
    expect(makeBatches(loads, { ...most, questions: 4 })).toHaveLength(5);
    expect(makeBatches(loads, { ...most, rows: 1 })).toHaveLength(10);
    expect(makeBatches(loads, { ...most, padding: 0 })).toHaveLength(1);
    const longer = [...loads, { tokens: 15, questions: 2 }];
    expect(makeBatches(longer, { ...most, padding: 50 })).toHaveLength(1);
    expect(makeBatches(longer, { ...most, padding: 49 })).toHaveLength(2);
  });
});
