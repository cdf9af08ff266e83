import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  gain,
  lagGrid,
  meanRetention,
  retainability,
  type Gain,
} from '../../../../src/core/dynamics/metrics/retention';
import type { Series } from '../../../../src/core/results/series';

const steps = [0, 10, 20, 40, 80, 160, 320, 1000];

/** Up by `rise` at step 10, then lost linearly in ln(1 + lag), by `decay` of the rise a unit of it. */
function forgotten(rise: number, decay: number): Series {
  return {
    steps,
    values: steps.map((step) => (step === 0 ? -6 : -6 + rise * (1 - decay * Math.log1p(step - 10)))),
  };
}

describe('retainability', () => {
  it('is 1 at the peak and linear in ln(1 + t) after it, between checkpoints too', () => {
    const of = gain(forgotten(2, 0.1), [0], 50)!;
    expect(of).toMatchObject({
      peak: { step: 10 },
      baseline: { step: 0, value: -6 },
      longestLag: 990,
      checkpointsAfter: 6,
    });
    for (const lag of [0, 0.5, 1, 7, 10, 33, 500, 990]) {
      expect(retainability(of, lag)).toBeCloseTo(1 - 0.1 * Math.log1p(lag), 12);
    }
  });

  it('is never extrapolated', () => {
    const of = gain(forgotten(2, 0.1), [0], 50)!;
    expect(retainability(of, 990.001)).toBeUndefined();
    expect(retainability(of, -1)).toBeUndefined();
  });

  it('is measured from the first baseline and the last peak', () => {
    const q: Series = { steps: [0, 10, 50, 60, 100], values: [-6, -4, -5, -2, -4] };
    const of = gain(q, [0, 50], 20)!;
    expect(of.rise).toBe(4);
    expect(retainability(of, 40)).toBe(0.5);
  });

  it('is missing without a baseline or a peak, and where nothing changed', () => {
    expect(gain({ steps: [5, 10], values: [1, 2] }, [0], 50)).toBeUndefined();
    expect(gain({ steps: [0, 100], values: [1, 2] }, [0], 50)).toBeUndefined();
    expect(gain({ steps: [0, 10], values: [1, 2] }, [], 50)).toBeUndefined();
    expect(retainability(gain({ steps: [0, 10], values: [1, 1] }, [0], 50)!, 0)).toBeUndefined();
  });

  it('is 1 at lag 0 whatever the trajectory', () => {
    const value = fc.double({ min: -20, max: 0, noNaN: true });
    fc.assert(
      fc.property(fc.array(value, { minLength: 2, maxLength: 30 }), (values) => {
        const of = gain({ steps: values.map((_, i) => i * 7), values }, [0], 50);
        if (of !== undefined && of.rise !== 0) expect(retainability(of, 0)).toBe(1);
        else expect(values[0] === of?.peak.value).toBe(true);
      }),
    );
  });
});

describe('grid of lags', () => {
  it('has 20 points a decade, from 1 to the last inside the data', () => {
    const lags = lagGrid(1000);
    expect(lags).toHaveLength(61);
    expect([lags[0], lags[20], lags[40], lags[60]]).toEqual([1, 10, 100, 1000]);
    expect(lagGrid(999)).toHaveLength(60);
    expect(lagGrid(1)).toEqual([1]);
    expect(lagGrid(0.9)).toEqual([]);
  });
});

describe('mean R', () => {
  const gains = (...series: readonly Series[]) => series.map((each) => gain(each, [0], 50)!);

  it('is the mean of ratios over one set, beside the ratio of means', () => {
    const { lags, meanR, ratioOfMeans } = meanRetention(gains(forgotten(1, 0.1), forgotten(3, 0.02)));
    for (const [i, lag] of lags.entries()) {
      expect(meanR[i]).toBeCloseTo(1 - 0.06 * Math.log1p(lag), 12);
      expect(ratioOfMeans[i]).toBeCloseTo(1 - ((1 * 0.1 + 3 * 0.02) / 4) * Math.log1p(lag), 12);
    }
  });

  it('ends where the first of the set ends', () => {
    const early: Gain = gains({ steps: [0, 50, 100], values: [-6, -4, -5] })[0]!;
    expect(meanRetention([early, ...gains(forgotten(1, 0.1))]).lags.at(-1)).toBeLessThanOrEqual(50);
  });
});
