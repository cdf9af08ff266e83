import fc from 'fast-check';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { leastSquares, logarithmicFit } from '../../../../src/core/dynamics/fits/fit';
import { lagGrid } from '../../../../src/core/dynamics/metrics/retention';

describe('logarithmic fit', () => {
  it('recovers the parameters of a line', () => {
    const a = fc.double({ min: 0.02, max: 0.9, noNaN: true });
    const b = fc.double({ min: 0.3, max: 1.2, noNaN: true });
    const longest = fc.integer({ min: 10, max: 100_000 });
    fc.assert(
      fc.property(a, b, longest, (decay, start, last) => {
        const lags = lagGrid(last);
        const fit = logarithmicFit(
          lags,
          lags.map((lag) => start - decay * Math.log10(lag)),
        );
        expect(fit.a).toBeCloseTo(decay, 10);
        expect(fit.b).toBeCloseTo(start, 10);
        expect(fit.r2).toBeCloseTo(1, 9);
        expect(fit.rmse).toBeLessThan(1e-12);
        expect(Math.log10(fit.horizon!)).toBeCloseTo(start / decay, 7);
        expect(fit.extrapolated).toBe(fit.horizon! > lags.at(-1)!);
      }),
    );
  });

  it('has no horizon where R does not fall', () => {
    const lags = lagGrid(100);
    const fit = logarithmicFit(
      lags,
      lags.map((lag) => 0.5 + 0.1 * Math.log10(lag)),
    );
    expect(fit.a).toBeCloseTo(-0.1, 12);
    expect(fit).toMatchObject({ horizon: null, extrapolated: false });
  });

  it('has no horizon where the slope is not told from none', () => {
    const lags = lagGrid(1000);
    const fit = logarithmicFit(
      lags,
      lags.map((lag, i) => 0.7 - 0.01 * Math.log10(lag) + (i % 3 === 0 ? 0.2 : 0)),
    );
    expect(fit.a).toBeGreaterThan(0);
    expect(fit.a).toBeLessThan(2 * fit.standardError);
    expect(fit).toMatchObject({ horizon: null, extrapolated: false });
  });

  it('calls a horizon before its first lag extrapolated, too', () => {
    const lags = lagGrid(1000).filter((lag) => lag >= 100);
    const fit = logarithmicFit(
      lags,
      lags.map((lag) => 0.5 - 0.3 * Math.log10(lag)),
    );
    expect(fit.horizon).toBeCloseTo(10 ** (5 / 3), 6);
    expect(fit.extrapolated).toBe(true);
  });

  it('has no horizon beyond all numbers', () => {
    const lags = lagGrid(100);
    const fit = logarithmicFit(
      lags,
      lags.map((lag) => 1 - 1e-4 * Math.log10(lag)),
    );
    expect(fit.horizon).toBeNull();
  });
});

/** What the paper's own code printed for its fit (absent from a plain clone). */
const oracle = new URL('../../../../../shared/oracle/', import.meta.url);
const isThere = existsSync(new URL('oracle-fit-cases.json', oracle));

interface PublishedFit {
  readonly slope: number;
  readonly se: number;
  readonly r2: number;
  readonly intercept: number;
  readonly n: number;
}

describe.skipIf(!isThere)("the paper's own fit (skipped where shared/oracle is absent)", () => {
  const file = 'fit-plain_loss_regularized.json';
  const read = (name: string) => JSON.parse(readFileSync(new URL(name, oracle), 'utf8')) as unknown;

  it('is this least squares, to a relative 1e-12', () => {
    const [, published] = Object.entries(read('oracle-fit-cases.json') as Record<string, object>).find(
      ([name]) => name.trim() === file,
    )! as [string, { decay: Record<string, Record<string, PublishedFit>> }];
    // Per cent at t = 0, 1, 2, …; the fit begins at t = 1.
    const curves = read(`fit-cases/${file}`) as Record<string, Record<string, number[]>>;
    let compared = 0;
    for (const [condition, kinds] of Object.entries(published.decay)) {
      for (const [kind, wanted] of Object.entries(kinds)) {
        const y = curves[condition]![kind]!.slice(1).map((percent) => percent / 100);
        const x = y.map((_, i) => Math.log10(i + 1));
        const line = leastSquares(x, y);
        expect(y).toHaveLength(wanted.n);
        for (const [found, value] of [
          [line.slope, wanted.slope],
          [line.intercept, wanted.intercept],
          [line.standardError, wanted.se],
          [line.r2, wanted.r2],
        ] as const) {
          expect(Math.abs(found / value - 1)).toBeLessThan(1e-12);
        }
        compared++;
      }
    }
    expect(compared).toBe(9);
  });
});
