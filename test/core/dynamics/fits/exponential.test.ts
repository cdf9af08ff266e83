import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exponentialFit } from '../../../../src/core/dynamics/fits/exponential';
import { fitsOf } from '../../../../src/core/dynamics/fits/fits';
import { lagGrid } from '../../../../src/core/dynamics/metrics/retention';

describe('exponential fit', () => {
  it('recovers the parameters of a curve, whatever its rate', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 1.5, noNaN: true }),
        // Half-lives from 2 steps to 7 times the data.
        fc.double({ min: -4, max: -0.5, noNaN: true }),
        fc.constantFrom(1, -1),
        (amplitude, exponent, sign) => {
          const rate = 10 ** exponent;
          const t = lagGrid(1000);
          const fit = exponentialFit(
            t,
            t.map((each) => sign * amplitude * Math.exp(-rate * each)),
          )!;
          expect(Math.abs(fit.rate / rate - 1)).toBeLessThan(1e-9);
          expect(Math.abs(fit.amplitude / (sign * amplitude) - 1)).toBeLessThan(1e-9);
          expect(fit.rmse).toBeLessThan(1e-9);
        },
      ),
    );
  });

  it('is never worse than a constant or than any exponential that is tried by hand', () => {
    const y = fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(
        y,
        fc.double({ min: 0, max: 2, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, a, r) => {
          fc.pre(new Set(values).size > 1);
          const t = values.map((_, i) => 1 + 3 * i);
          const fit = exponentialFit(t, values);
          if (fit === undefined) return;
          const mean = values.reduce((sum, each) => sum + each, 0) / values.length;
          const rmse = (curve: (t: number) => number) =>
            Math.sqrt(values.reduce((sum, each, i) => sum + (each - curve(t[i]!)) ** 2, 0) / values.length);
          expect(fit.rmse).toBeCloseTo(
            rmse((at) => fit.amplitude * Math.exp(-fit.rate * at)),
            9,
          );
          expect(fit.rmse).toBeLessThanOrEqual(rmse(() => mean) * (1 + 1e-12));
          expect(fit.rmse).toBeLessThanOrEqual(rmse((at) => a * Math.exp(-r * at)) * (1 + 1e-12));
        },
      ),
    );
  });

  it('is none where the best curve is a spike at an end', () => {
    expect(exponentialFit([1, 2, 3, 4, 5], [1, 0, 0, 0, 0])).toBeUndefined();
    expect(exponentialFit([1, 2, 3, 4, 5], [0, 0, 0, 0, 1])).toBeUndefined();
  });
});

describe('fits side by side', () => {
  const lags = lagGrid(1000);
  const support = { from: 0, checkpoints: 60, tokens: (lag: number) => 2048 * lag };
  const wave = (i: number) => 0.01 * Math.sin(7 * i);

  it('name the curve the points were made of', () => {
    const line = fitsOf(
      lags,
      lags.map((t, i) => 1 - 0.3 * Math.log10(t) + wave(i)),
      support,
    );
    expect(line).toMatchObject({ better: 'logarithmic' });
    const fall = fitsOf(
      lags,
      lags.map((t, i) => 0.9 * Math.exp(-t / 200) + wave(i)),
      support,
    );
    expect(fall).toMatchObject({ better: 'exponential' });
    expect(fall.exponential!.halfLife).toBeCloseTo(200 * Math.LN2, 0);
    expect(fall.exponential!.halfLifeTokens).toBeCloseTo(2048 * fall.exponential!.halfLife!, 6);
  });

  it('name neither where few checkpoints stand behind the points, or both fit alike', () => {
    const y = lags.map((t, i) => 1 - 0.3 * Math.log10(t) + 5 * wave(i));
    const many = fitsOf(lags, y, support);
    const few = fitsOf(lags, y, { ...support, checkpoints: 3 });
    expect(many.better).toBe('logarithmic');
    // The same residuals, n = 61 and 3: the difference of AIC is that of n·ln(SSR ratio).
    const difference = (fits: typeof many) => fits.exponential!.aic - fits.fit!.aic;
    expect(difference(few) / difference(many)).toBeCloseTo(3 / 60, 12);
    const flat = fitsOf(
      lags,
      lags.map((_, i) => 0.5 + 20 * wave(i)),
      support,
    );
    expect(flat.better).toBe('neither');
    expect(flat.exponential!.halfLife).toBeNull();
    expect(flat.fit!.horizon).toBeNull();
  });

  it('tell no half-life of a curve that stays below zero', () => {
    const { exponential } = fitsOf(
      lags,
      lags.map((t, i) => -0.5 * Math.exp(-t / 300) + wave(i)),
      support,
    );
    expect(exponential!.amplitude).toBeLessThan(0);
    expect(exponential!.rate).toBeGreaterThan(0);
    expect(exponential!.halfLife).toBeNull();
  });

  it('have a finite AIC also where a curve passes through every point', () => {
    const { fit, exponential } = fitsOf(
      lags,
      lags.map((t) => 0.9 * Math.exp(-t / 200)),
      support,
    );
    expect(Number.isFinite(fit!.aic) && Number.isFinite(exponential!.aic)).toBe(true);
  });
});
