import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Interval } from '../../../../src/core/dynamics/bootstrap/bootstrap';
import { falls } from '../../../../src/core/dynamics/fits/falls';
import { decidedFits, fitsOf } from '../../../../src/core/dynamics/fits/fits';
import { lagGrid } from '../../../../src/core/dynamics/metrics/retention';

describe('whether a fall is measured', () => {
  it('is told by the interval where there is one, by two standard errors where there is none', () => {
    expect(falls(0.1, 0.2, null)).toBe(false);
    expect(falls(0.1, 0.05, null)).toBe(false);
    expect(falls(0.1, 0.049, null)).toBe(true);
    expect(falls(0.1, 0.2, { low: 0.05, high: 0.15 })).toBe(true);
    expect(falls(0.1, 0.001, { low: 0, high: 0.2 })).toBe(false);
    expect(falls(0.1, 0.001, { low: null, high: 0.2 })).toBe(false);
  });

  it('is never told of what does not fall, nor of no number', () => {
    for (const rate of [0, -0.1, NaN]) {
      expect(falls(rate, 0, null)).toBe(false);
      expect(falls(rate, 0, { low: 0.05, high: 0.15 })).toBe(false);
    }
  });
});

describe('the fits of a curve', () => {
  const lags = lagGrid(1000);
  const support = { from: 0, checkpoints: 60, tokens: (lag: number) => 2048 * lag };
  const curveOf = (r: (t: number, i: number) => number) => ({
    lags,
    ...fitsOf(lags, lags.map(r), support),
  });

  it('follow the interval of a, both, in horizon, half-life, tokens and the better one', () => {
    const wide: Interval = { low: -0.01, high: 0.4 };
    const line = curveOf((t, i) => 1 - 0.3 * Math.log10(t) + 0.01 * Math.sin(7 * i));
    expect(line).toMatchObject({ better: 'logarithmic', fit: { horizon: expect.any(Number) as number } });
    expect(decidedFits(line, support, wide)).toMatchObject({
      better: 'neither',
      fit: { horizon: null, horizonTokens: null, extrapolated: false },
      exponential: { halfLife: null, halfLifeTokens: null },
    });
    const fall = curveOf((t, i) => 0.9 * Math.exp(-t / 200) + 0.01 * Math.sin(7 * i));
    expect(fall.better).toBe('exponential');
    expect(decidedFits(fall, support, wide).better).toBe('neither');

    const rough = curveOf((t, i) => 0.7 - 0.03 * Math.log10(t) + (i % 3 === 0 ? 0.3 : 0));
    expect(rough.fit).toMatchObject({ horizon: null, horizonTokens: null });
    const { fit } = decidedFits(rough, support, { low: 0.02, high: 0.05 });
    expect(fit!.horizon).toBeCloseTo(10 ** (fit!.b / fit!.a), 3);
    expect(fit!.horizonTokens! / fit!.horizon!).toBeCloseTo(2048, 6);
    expect(fit!.extrapolated).toBe(true);
  });

  it('are the same twice, and the same again without an interval', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -0.2, max: 0.2, noNaN: true }), { minLength: 61 }), (noise) => {
        const curve = curveOf((t, i) => 0.8 - 0.05 * Math.log10(t) + noise[i]!);
        expect(decidedFits(curve, support, null)).toEqual(curve);
        const interval = { low: 0.01, high: 0.2 };
        const once = decidedFits(curve, support, interval);
        expect(decidedFits(once, support, interval)).toEqual(once);
      }),
      { numRuns: 20 },
    );
  });
});
