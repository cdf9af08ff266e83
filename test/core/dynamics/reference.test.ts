import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  baseline,
  effectivity,
  fixedLagEffectivity,
  localAcquisitionMaximum,
} from '../../../src/core/dynamics/metrics/acquisition';
import { exponentialFit } from '../../../src/core/dynamics/fits/exponential';
import { fenced } from '../../../src/core/dynamics/metrics/fence';
import { logarithmicFit } from '../../../src/core/dynamics/fits/fit';
import { gain, meanRetention, retainability, type Gain } from '../../../src/core/dynamics/metrics/retention';
import { quantile } from '../../../src/core/dynamics/statistics';
import type { Series } from '../../../src/core/results/series';

/** What test/oracle/dynamics.py computed with NumPy and SciPy. */
interface Reference {
  readonly window: number;
  readonly lags: readonly number[];
  readonly cases: readonly (Series & {
    readonly schedule: string;
    readonly encounters: readonly number[];
    readonly baseline: readonly (number | null)[];
    readonly maximum: readonly ({ step: number; value: number; checkpoints: number } | null)[];
    readonly effectivity: readonly (number | null)[];
    readonly fixedLag: readonly (number | null)[];
    readonly rise: number | null;
    readonly retainability: readonly (number | null)[];
  })[];
  readonly groups: readonly {
    readonly encounters: readonly number[];
    readonly series: readonly Series[];
    readonly threshold: number;
    readonly n: number;
    readonly lags: readonly number[];
    readonly meanR: readonly number[];
    readonly ratioOfMeans: readonly number[];
    readonly fit: Readonly<Record<'a' | 'b' | 'r2' | 'rmse' | 'standardError' | 'horizon', number>>;
  }[];
  readonly exponentials: readonly {
    readonly name: string;
    readonly t: readonly number[];
    readonly y: readonly number[];
    readonly amplitude: number;
    readonly rate: number;
    readonly standardError: number;
    readonly r2: number;
    readonly rmse: number;
  }[];
  readonly fences: readonly {
    readonly factor: number;
    readonly values: readonly number[];
    readonly kept: readonly number[];
  }[];
  readonly quantiles: readonly { values: readonly number[]; q: number; result: number }[];
}

const reference = JSON.parse(
  readFileSync(new URL('../../oracle/dynamics.json', import.meta.url), 'utf8'),
) as Reference;
const { window, lags } = reference;

/** Equal to a relative 1e-12, or both missing. */
function expectAll(found: readonly (number | undefined)[], wanted: readonly (number | null)[]): void {
  expect(found.map((value) => value === undefined)).toEqual(wanted.map((value) => value === null));
  for (const [i, value] of found.entries()) {
    if (value !== undefined) expectClose(value, wanted[i]!);
  }
}

function expectClose(found: number, wanted: number, relative = 1e-12): void {
  expect(Math.abs(found - wanted)).toBeLessThanOrEqual(relative * Math.max(1, Math.abs(wanted)));
}

describe('against NumPy, on irregular and incomplete checkpoints', () => {
  it('has cases with everything and with anything missing', () => {
    const missing = reference.cases.flatMap(({ effectivity: all }) => all).filter((value) => value === null);
    expect(missing.length).toBeGreaterThan(5);
    expect(reference.cases.some(({ rise }) => rise === null)).toBe(true);
    expect(reference.cases.some(({ retainability: all }) => all.every((value) => value !== null))).toBe(true);
  });

  it.each(reference.cases.map((each, i) => [`${each.schedule} ${i}`, each] as const))(
    'case %s',
    (_, each) => {
      const { encounters } = each;
      const over = <T>(measure: (i: number) => T) => encounters.map((_step, i) => measure(i));
      expectAll(
        over((i) => baseline(each, encounters, i)?.value),
        each.baseline,
      );
      expect(over((i) => localAcquisitionMaximum(each, encounters, i, window) ?? null)).toEqual(each.maximum);
      expectAll(
        over((i) => effectivity(each, encounters, i, window)),
        each.effectivity,
      );
      expectAll(
        over((i) => fixedLagEffectivity(each, encounters, i, window)),
        each.fixedLag,
      );
      const gained = gain(each, encounters, window);
      expectAll([gained?.rise], [each.rise]);
      expectAll(
        lags.map((lag) => gained && retainability(gained, lag)),
        each.retainability,
      );
    },
  );

  it.each(reference.groups)('mean R over a set, and its fit, with encounters $encounters', (group) => {
    const gains = group.series
      .map((series) => gain(series, group.encounters, window))
      .filter((each): each is Gain => each !== undefined && each.rise > group.threshold);
    expect(gains).toHaveLength(group.n);
    const curve = meanRetention(gains);
    expectAll(curve.lags, group.lags);
    expectAll(curve.meanR, group.meanR);
    expectAll(curve.ratioOfMeans, group.ratioOfMeans);
    const fit = logarithmicFit(curve.lags, curve.meanR);
    expect(fit.points).toBe(group.lags.length);
    for (const [name, value] of Object.entries(group.fit)) {
      expectClose(fit[name as keyof typeof group.fit]!, value, 1e-10);
    }
  });

  it.each(reference.exponentials)(
    'exponential through points that are $name, as curve_fit has it',
    (each) => {
      const fit = exponentialFit(each.t, each.y)!;
      // SciPy stops at a relative 1e-15 of the sum of squares, which leaves 3e-8 of where its floor is.
      for (const name of ['amplitude', 'rate', 'standardError'] as const) {
        expect(Math.abs(fit[name] - each[name])).toBeLessThanOrEqual(1e-6 * Math.abs(each[name]) + 1e-12);
      }
      expectClose(fit.r2, each.r2);
      expectClose(fit.rmse, each.rmse);
    },
  );

  it('a fence leaves out what NumPy’s percentiles do', () => {
    expect(reference.fences.filter(({ values, kept }) => kept.length < values.length).length).toBeGreaterThan(
      4,
    );
    for (const { factor, values, kept } of reference.fences) {
      const { rows, outliers } = fenced([values.slice(0, 1), values.slice(1)], factor);
      expect(rows.flat().filter((value) => value !== undefined)).toEqual(kept);
      expect(outliers).toBe(values.length - kept.length);
    }
  });

  it('quantiles', () => {
    for (const { values, q, result } of reference.quantiles) expectClose(quantile(values, q)!, result);
  });
});
