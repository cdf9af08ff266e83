import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accumulatedLevel } from '../../../../src/core/dynamics/forward/accumulate';
import {
  firstImpossible,
  firstImpossibleAt,
  isImpossible,
} from '../../../../src/core/dynamics/forward/ceiling';
import { kernelAt } from '../../../../src/core/dynamics/kernel/kernel';
import { predictLevels, type ForwardSchedule } from '../../../../src/core/dynamics/forward/predict';
import { kernels } from './kernels';

const schedule = { encounters: [0, 100, 5000], rises: [1, 1, 3], kernel: { a: 0.5, b: 1 }, peakDelay: 10 };

describe('what no log probability can be', () => {
  it('is above 0, but not 0 itself, however it was rounded', () => {
    expect(isImpossible(-0.3, 0.1 + 0.2)).toBe(false);
    expect(isImpossible(-0.3, 0.3001)).toBe(true);
    expect(isImpossible(0, 0.1)).toBe(true);
    expect(isImpossible(0, 0)).toBe(false);
    expect(isImpossible(-3, Infinity)).toBe(true);
  });

  it('is found at the first peak that passes it, worked out by hand', () => {
    // Half a rise is left after 10 steps, nothing after 100.
    expect(firstImpossible(schedule, -0.5)).toEqual({ encounter: 1, step: 10, level: 1 });
    expect(firstImpossible(schedule, -1)).toEqual({ encounter: 3, step: 5010, level: 3 });
    expect(firstImpossible(schedule, -1, 5009)).toBeNull();
    expect(firstImpossible(schedule, -3)).toBeNull();
    const delays = { ...schedule, peakDelay: [20, 30, 40] };
    expect(firstImpossible(delays, -2)).toEqual({ encounter: 3, step: 5040, level: 3 });
  });

  it('is found where a kernel that gains brings back what was lost', () => {
    const gains = {
      ...{ encounters: [0, 2, 1000], rises: [1, 0.6, 0.2] },
      ...{ kernel: { a: -1, b: 0.1 }, peakDelay: 1 },
    };
    // One step later a tenth is left, eight and more steps later all.
    expect(firstImpossible(gains, -1.3)).toEqual({ encounter: 3, step: 1001, level: 1.8 });
    expect(firstImpossible(gains, -1.9)).toBeNull();
  });

  it('is found for regular encounters where going through them one by one finds it', () => {
    fc.assert(
      fc.property(
        kernels,
        fc.integer({ min: 5, max: 300 }),
        fc.integer({ min: 1, max: 60 }),
        fc.double({ min: -8, max: 0, noNaN: true }),
        (kernel, interval, n, baseline) => {
          const [rise, peakDelay] = [0.4, 5];
          const encounters = Array.from({ length: n }, (_, i) => i * interval);
          const one = firstImpossible(
            { encounters, rises: encounters.map(() => rise), kernel, peakDelay },
            baseline,
          );
          const other = firstImpossibleAt({ kernel, rise, peakDelay }, baseline, interval, n);
          expect(other?.encounter).toBe(one?.encounter);
          expect(other?.step).toBe(one?.step);
          if (one !== null) expect(other!.level).toBeCloseTo(one.level, 9);
        },
      ),
    );
  });

  it('is found where looking at every peak finds it, however irregular they are', () => {
    const drawn = fc.array(
      fc.record({
        gap: fc.integer({ min: 1, max: 300 }),
        rise: fc.double({ min: -0.2, max: 1, noNaN: true }),
        delay: fc.integer({ min: 1, max: 400 }),
      }),
      { minLength: 1, maxLength: 40 },
    );
    // A fit may give a kernel that gains.
    const gaining = fc.record({
      a: fc.double({ min: -2, max: -0.05, noNaN: true }),
      b: fc.double({ min: 0, max: 0.8, noNaN: true }),
    });
    let found = 0;
    fc.assert(
      fc.property(
        fc.oneof({ weight: 2, arbitrary: kernels }, { weight: 1, arbitrary: gaining }),
        drawn,
        fc.boolean(),
        fc.boolean(),
        fc.double({ min: -6, max: 0, noNaN: true }),
        (kernel, all, positive, alike, baseline) => {
          let at = 0;
          const irregular: ForwardSchedule = {
            kernel,
            encounters: all.map(({ gap }) => (at += gap)),
            rises: all.map(({ rise }) => (positive ? Math.abs(rise) : rise)),
            peakDelay: alike ? all[0]!.delay : all.map(({ delay }) => delay),
          };
          const { encounters, peakDelay } = irregular;
          const peaks = encounters.map(
            (step, i) => step + (typeof peakDelay === 'number' ? peakDelay : peakDelay[i]!),
          );
          const levels = predictLevels(irregular, peaks);
          const first = levels.findIndex((level) => isImpossible(baseline, level));
          if (first !== -1) found++;
          const expected =
            first === -1 ? null : { encounter: first + 1, step: peaks[first]!, level: levels[first]! };
          expect(firstImpossible(irregular, baseline)).toEqual(expected);
        },
      ),
      { numRuns: 1000 },
    );
    expect(found).toBeGreaterThan(100);
  });

  it('is found for endless encounters only where their steady state passes it', () => {
    const regular = { kernel: { a: 0.25, b: 1 }, rise: 0.4, peakDelay: 5 };
    const steady = accumulatedLevel(regular, 100, Infinity);
    expect(firstImpossibleAt(regular, -steady - 0.01, 100, Infinity)).toBeNull();
    const { encounter, step, level } = firstImpossibleAt(regular, -1.2, 100, Infinity)!;
    const peak = (n: number) =>
      Array.from({ length: n - 1 }, (_, j) => kernelAt(regular.kernel, (j + 1) * 100)).reduce(
        (sum, each) => sum + 0.4 * each,
        0.4,
      );
    expect(peak(encounter)).toBeGreaterThan(1.2);
    expect(peak(encounter - 1)).toBeLessThanOrEqual(1.2);
    expect(step).toBe((encounter - 1) * 100 + 5);
    expect(level).toBeCloseTo(peak(encounter), 9);
  });
});
