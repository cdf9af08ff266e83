import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeTrial } from '../../../src/scoring/session/trial';

describe('a trial of woven rows', () => {
  it('has strands that part, the late one at the end of the widest row, whatever there is to draw from', () => {
    const ids = fc.uniqueArray(fc.nat(50_000), { minLength: 8, maxLength: 40 });
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 400 }), ids, (width, pool) => {
        const { rows, batches } = makeTrial(width, pool)!;
        const [early, late, stem, branch] = rows.map((row) => row.ids);
        const parts = (a: readonly number[], b: readonly number[]): boolean =>
          a.some((id, i) => i < b.length && id !== b[i]);
        expect(parts(early!, late!)).toBe(true);
        if (width >= 4) expect(parts(stem!, branch!)).toBe(true);
        for (const [first] of batches) {
          expect(first!.ids).toHaveLength(width);
          expect(first!.members).toHaveLength(2);
          // The late strand begins where the early one does, and goes on behind its end.
          expect(first!.places.at(-1)).toBe(late!.length - 1);
          expect(late![0]).toBe(early![0]);
        }
        expect(new Set(batches.map((batch) => batch.length))).toEqual(new Set([2, 3]));
      }),
    );
  });

  it('is none where texts have hardly any different tokens: strands could be one, and say nothing', () => {
    expect(makeTrial(20, [1, 2, 3, 4, 5, 6, 7, 1, 2])).toBeUndefined();
    expect(makeTrial(20, [1, 2, 3, 4, 5, 6, 7, 8])).toBeDefined();
  });
});
