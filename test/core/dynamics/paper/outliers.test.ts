import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFilteredMean, withoutOutliers } from '../../../../src/core/dynamics/paper/outliers';

const values = fc.array(
  fc.oneof(fc.double({ min: -1e3, max: 1e3, noNaN: true }), fc.constantFrom(0, -0, 1, 1e6, -1e6)),
  { minLength: 1, maxLength: 300 },
);

describe('the outlier filter', () => {
  it('is numpy’s percentiles of the sorted values, and a plain sum of what is left', () => {
    fc.assert(
      fc.property(values, (all) => {
        const sorted = all.toSorted((a, b) => a - b);
        const percentile = (q: number) => {
          const place = (sorted.length - 1) * q;
          const [a, b] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
          const t = place % 1;
          return t >= 0.5 ? b - (b - a) * (1 - t) : a + (b - a) * t;
        };
        const [q1, q3] = [percentile(0.25), percentile(0.75)];
        const kept = all.filter((x) => q1 - 2 * (q3 - q1) <= x && x <= q3 + 2 * (q3 - q1));
        const array = Float64Array.from(all);
        expect(withoutOutliers(array)).toEqual(kept);
        const { mean, kept: count } = createFilteredMean(all.length)(array);
        expect(count).toBe(kept.length);
        // Adding to 0 turns −0 into 0.
        expect(mean + 0).toBe(kept.reduce((sum, x) => sum + x, 0) / kept.length + 0);
        expect(Array.from(array)).toEqual(all);
      }),
    );
  });

  it('is the same for each of several sets, wherever the last one’s quartiles were', () => {
    fc.assert(
      fc.property(fc.array(values, { minLength: 2, maxLength: 8 }), fc.boolean(), (sets, alike) => {
        const filteredMean = createFilteredMean(300);
        for (const [i, set] of sets.entries()) {
          // Like sets are found near the last one's quartiles, others are not.
          const array = alike ? Float64Array.from(sets[0]!, (x) => x + i / 3) : Float64Array.from(set);
          expect(filteredMean(array)).toEqual(createFilteredMean(array.length)(array));
        }
      }),
    );
  });

  it('leaves nothing where one value is NaN', () => {
    fc.assert(
      fc.property(values, fc.nat(), (all, at) => {
        const array = Float64Array.from(all);
        array[at % all.length] = NaN;
        expect(withoutOutliers(array)).toEqual([]);
        expect(createFilteredMean(all.length)(array)).toEqual({ mean: NaN, kept: 0 });
      }),
    );
  });
});
