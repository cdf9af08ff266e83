import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accumulatedLevel, sharesLeft } from '../../../../src/core/dynamics/forward/accumulate';
import { logGamma, sumOfLogs } from '../../../../src/core/dynamics/forward/logSum';
import { predictLevels } from '../../../../src/core/dynamics/forward/predict';
import { kernelAt } from '../../../../src/core/dynamics/kernel/kernel';
import { kernels } from './kernels';

const sum = (n: number, of: (j: number) => number) =>
  Array.from({ length: n }, (_, i) => of(i + 1)).reduce((total, each) => total + each, 0);

describe('ln Γ', () => {
  it('is known at a half and at whole numbers', () => {
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 13);
    expect(logGamma(1)).toBeCloseTo(0, 13);
    expect(logGamma(11)).toBeCloseTo(Math.log(3_628_800), 12);
    // SciPy 1.10: scipy.special.gammaln(1e6).
    expect(logGamma(1e6) / 12815504.569147611).toBeCloseTo(1, 14);
  });

  it('gives sums of logarithms', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 0, max: 300 }), (from, n) => {
        const direct = sum(n, (j) => Math.log10(from + j - 1));
        expect(Math.abs(sumOfLogs(from, from + n - 1) - direct)).toBeLessThan(1e-11 * (1 + direct));
      }),
    );
  });
});

describe('what is left of regular encounters', () => {
  it('is in closed form what it is term by term', () => {
    fc.assert(
      fc.property(
        kernels,
        fc.integer({ min: 1, max: 5000 }),
        fc.integer({ min: 0, max: 400 }),
        (kernel, interval, m) => {
          const direct = sum(m, (j) => kernelAt(kernel, j * interval));
          expect(Math.abs(sharesLeft(kernel, interval, m) - direct)).toBeLessThan(1e-9 * (1 + direct));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('comes to a steady state as soon as the first rise is lost whole', () => {
    const kernel = { a: 0.25, b: 1 };
    const steady = sharesLeft(kernel, 100, Infinity);
    expect(steady).toBeCloseTo(
      sum(100, (j) => kernelAt(kernel, j * 100)),
      10,
    );
    expect(sharesLeft(kernel, 100, 99)).toBeCloseTo(steady, 10);
    expect(sharesLeft(kernel, 100, 98)).toBeLessThan(steady);
    expect(sharesLeft(kernel, 10_000, Infinity)).toBe(0);
  });

  it('has no bound where nothing is lost', () => {
    expect(sharesLeft({ a: 0, b: 0.5 }, 100, Infinity)).toBe(Infinity);
    expect(sharesLeft({ a: 0, b: 0.5 }, 100, 7)).toBe(3.5);
    expect(sharesLeft({ a: 0, b: 0 }, 100, Infinity)).toBe(0);
    expect(sharesLeft({ a: 1e-9, b: 1 }, 100, Infinity)).toBe(Infinity);
  });

  it('is the same at the peaks of a predicted trajectory', () => {
    fc.assert(
      fc.property(
        kernels,
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 40 }),
        (kernel, interval, n, peakDelay) => {
          const encounters = Array.from({ length: n }, (_, i) => 1000 + i * interval);
          const rises = encounters.map(() => 0.3);
          const [level] = predictLevels(
            { encounters, rises, kernel, peakDelay: Math.min(peakDelay, interval) },
            [encounters.at(-1)! + Math.min(peakDelay, interval)],
          );
          expect(level).toBeCloseTo(accumulatedLevel({ kernel, rise: 0.3 }, interval, n), 9);
        },
      ),
    );
  });
});

describe('a predicted trajectory', () => {
  it('is worked out by hand', () => {
    const schedule = { encounters: [0, 100], rises: [1, 0.5], kernel: { a: 0.5, b: 1 }, peakDelay: 10 };
    const levels = predictLevels(schedule, [-5, 0, 5, 10, 11, 20, 100, 110, 1010]);
    expect(levels).toEqual([
      0,
      0,
      expect.closeTo(0.5, 12),
      expect.closeTo(1, 12),
      expect.closeTo(1, 12),
      expect.closeTo(0.5, 12),
      expect.closeTo(1 - 0.5 * Math.log10(90), 12),
      expect.closeTo(0.5, 12),
      expect.closeTo(0, 12),
    ]);
  });
});
