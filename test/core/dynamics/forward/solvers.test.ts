import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accumulatedLevel, reaches } from '../../../../src/core/dynamics/forward/accumulate';
import { fewestEncounters } from '../../../../src/core/dynamics/forward/encounters';
import { longestInterval } from '../../../../src/core/dynamics/forward/interval';
import { kernels } from './kernels';

const regular = fc.record({ kernel: kernels, rise: fc.double({ min: 0.05, max: 2, noNaN: true }) });
const level = fc.double({ min: 0.05, max: 20, noNaN: true });
const times = fc.oneof(fc.integer({ min: 1, max: 50 }), fc.constant(Infinity));

describe('the longest interval', () => {
  it('reaches the level, and one step more does not', () => {
    fc.assert(
      fc.property(regular, level, times, (one, wanted, n) => {
        const answer = longestInterval(one, wanted, n);
        const at = (interval: number) => accumulatedLevel(one, interval, n);
        switch (answer.kind) {
          case 'interval':
            expect(reaches(at(answer.interval), wanted)).toBe(true);
            expect(reaches(at(answer.interval + 1), wanted)).toBe(false);
            expect(answer).toMatchObject({ level: at(answer.interval), next: at(answer.interval + 1) });
            break;
          case 'any':
            expect(reaches(at(1e12), wanted)).toBe(true);
            break;
          case 'never':
            expect(reaches(at(1), wanted)).toBe(false);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is shorter for a higher level, and longer for more encounters', () => {
    const length = (answer: ReturnType<typeof longestInterval>) =>
      answer.kind === 'interval' ? answer.interval : answer.kind === 'any' ? Infinity : 0;
    fc.assert(
      fc.property(
        regular,
        level,
        fc.double({ min: 1, max: 3, noNaN: true }),
        times,
        (one, wanted, more, n) => {
          const interval = length(longestInterval(one, wanted, n));
          expect(length(longestInterval(one, wanted * more, n))).toBeLessThanOrEqual(interval);
          expect(length(longestInterval(one, wanted, n + 1))).toBeGreaterThanOrEqual(interval);
        },
      ),
    );
  });

  it('of a level just above one rise is the learnability threshold', () => {
    const one = { kernel: { a: 0.25, b: 1 }, rise: 0.5 };
    expect(longestInterval(one, 0.5, Infinity)).toEqual({ kind: 'any', level: 0.5 });
    const answer = longestInterval(one, 0.5 + 1e-5, Infinity);
    expect(answer).toMatchObject({ kind: 'interval', interval: 9998 });
  });

  it('at the corners of the clip', () => {
    // K is 1 up to 10 steps: two encounters come to twice the rise as long as they are within them.
    const one = { kernel: { a: 1, b: 2 }, rise: 1 };
    expect(longestInterval(one, 2, 2)).toMatchObject({ kind: 'interval', interval: 10, level: 2 });
    expect(longestInterval(one, 2.0001, 2)).toEqual({ kind: 'never', level: 2 });
  });
});

describe('the fewest encounters', () => {
  it('are those that counting one by one finds', () => {
    fc.assert(
      fc.property(regular, level, fc.integer({ min: 1, max: 2000 }), (one, wanted, interval) => {
        const answer = fewestEncounters(one, wanted, interval);
        const at = (n: number) => accumulatedLevel(one, interval, n);
        const most = 300;
        const counted = Array.from({ length: most }, (_, i) => i + 1).find((n) => reaches(at(n), wanted));
        if (answer.kind === 'encounters') {
          expect(reaches(answer.level, wanted)).toBe(true);
          if (counted === undefined) expect(answer.encounters).toBeGreaterThan(most);
          else expect(answer.encounters).toBe(counted);
        } else {
          expect(counted).toBeUndefined();
          expect(answer.level).toBe(at(Infinity));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('are never enough beyond the learnability threshold', () => {
    const one = { kernel: { a: 0.25, b: 1 }, rise: 0.5 };
    expect(fewestEncounters(one, 0.51, 10_000)).toEqual({ kind: 'never', level: 0.5 });
    expect(fewestEncounters(one, 0.5, 10_000)).toMatchObject({ kind: 'encounters', encounters: 1 });
  });

  it('go on growing where nothing is lost', () => {
    const one = { kernel: { a: 0, b: 0.5 }, rise: 1 };
    expect(fewestEncounters(one, 1e6, 10)).toMatchObject({ kind: 'encounters', encounters: 1_999_999 });
  });
});
