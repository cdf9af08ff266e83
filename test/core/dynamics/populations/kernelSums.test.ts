import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accumulatedLevel } from '../../../../src/core/dynamics/forward/accumulate';
import { kernelSums, lastLag, leftAt } from '../../../../src/core/dynamics/populations/kernelSums';
import { oracle } from './oracle';

describe('sums of the kernel in closed form', () => {
  it.each(oracle.sums)('a = $a, b = $b over $steps steps, as NumPy adds them up', (one) => {
    const sums = kernelSums(one, one.steps);
    expect(Math.abs(sums.kept / one.kept - 1)).toBeLessThan(1e-12);
    expect(Math.abs(sums.squares / one.squares - 1)).toBeLessThan(1e-11);
  });

  it('equal the direct sums', () => {
    fc.assert(
      fc.property(
        fc.record({
          a: fc.double({ min: 0.01, max: 2, noNaN: true }),
          b: fc.double({ min: 0, max: 3, noNaN: true }),
        }),
        fc.integer({ min: 0, max: 3000 }),
        (kernel, steps) => {
          let [kept, squares] = [0, 0];
          for (let lag = 0; lag < steps; lag++) {
            kept += leftAt(kernel, lag);
            squares += leftAt(kernel, lag) ** 2;
          }
          const sums = kernelSums(kernel, steps);
          expect(Math.abs(sums.kept - kept)).toBeLessThan(1e-9);
          expect(Math.abs(sums.squares - squares)).toBeLessThan(1e-9);
        },
      ),
    );
  });

  it('are what the forward model leaves of an encounter in every step', () => {
    for (const kernel of [
      { a: 0.25, b: 1 },
      { a: 0.4, b: 0.6 },
    ])
      expect(0.3 * kernelSums(kernel, 800).kept).toBeCloseTo(
        accumulatedLevel({ kernel, rise: 0.3 }, 1, 800),
        12,
      );
  });

  it('of a kernel that keeps all are the steps', () => {
    expect(kernelSums({ a: 0, b: 1 }, 77)).toEqual({ kept: 77, squares: 77 });
    expect(lastLag({ a: 0, b: 1 })).toBe(Infinity);
  });

  it('are refused of a kernel that grows', () => {
    expect(() => kernelSums({ a: -0.1, b: 0.5 }, 10)).toThrow(RangeError);
  });
});
