import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  baseline,
  effectivity,
  fixedLagEffectivity,
  localAcquisitionMaximum,
} from '../../../../src/core/dynamics/metrics/acquisition';
import type { Series } from '../../../../src/core/results/series';
import { series } from '../points';

const encounters = [0, 100, 200];
const q = series(
  [0, -5],
  [10, -4],
  [40, -4.5],
  [60, -3],
  [100, -4.2],
  [130, -3.5],
  [160, -1],
  [250, -3.8],
  [300, -4],
);

describe('baseline', () => {
  it('is the latest checkpoint up to the encounter, that one included', () => {
    expect(baseline(q, encounters, 0)).toEqual({ step: 0, value: -5 });
    expect(baseline(q, encounters, 1)).toEqual({ step: 100, value: -4.2 });
    expect(baseline(q, encounters, 2)).toEqual({ step: 160, value: -1 });
  });

  it('is missing where no checkpoint stands between two encounters', () => {
    const sparse = series([0, -5], [50, -4], [300, -3]);
    expect(baseline(sparse, [0, 50, 120, 200], 3)).toBeUndefined();
    // A checkpoint at the encounter before is that one's, not this one's.
    expect(baseline(sparse, [0, 50, 120, 200], 2)).toBeUndefined();
    expect(baseline(series([10, -5]), [0], 0)).toBeUndefined();
    expect(baseline(q, encounters, 3)).toBeUndefined();
  });
});

describe('local acquisition maximum', () => {
  it('is the highest checkpoint in the window', () => {
    expect(localAcquisitionMaximum(q, encounters, 0, 50)).toEqual({ step: 10, value: -4, checkpoints: 2 });
    expect(localAcquisitionMaximum(q, encounters, 1, 60)).toEqual({ step: 160, value: -1, checkpoints: 2 });
  });

  it('ends its window at the next encounter, which belongs to it', () => {
    expect(localAcquisitionMaximum(q, [0, 60], 0, 1000)).toEqual({ step: 60, value: -3, checkpoints: 3 });
    expect(localAcquisitionMaximum(q, [0, 59], 0, 1000)).toEqual({ step: 10, value: -4, checkpoints: 2 });
  });

  it('is the first of equals', () => {
    const flat = series([0, -5], [10, -2], [20, -2], [30, -3]);
    expect(localAcquisitionMaximum(flat, [0], 0, 50)?.step).toBe(10);
  });

  it('is missing where no checkpoint stands in the window', () => {
    expect(localAcquisitionMaximum(q, encounters, 2, 49)).toBeUndefined();
    expect(localAcquisitionMaximum(series([0, -5]), [0], 0, 50)).toBeUndefined();
    expect(localAcquisitionMaximum(series(), [0], 0, 50)).toBeUndefined();
  });
});

describe('effectivity', () => {
  it('is the maximum less the baseline', () => {
    expect(effectivity(q, encounters, 0, 50)).toBeCloseTo(1, 12);
    expect(effectivity(q, encounters, 1, 60)).toBeCloseTo(3.2, 12);
    expect(effectivity(q, encounters, 2, 50)).toBeCloseTo(-2.8, 12);
  });

  it('of a monotone rise is the last checkpoint in the window less the baseline', () => {
    const gaps = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 3, maxLength: 60 });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 200 }), (all, window) => {
        const steps = all.reduce<number[]>((sum, gap) => [...sum, sum.at(-1)! + gap], [0]);
        const rising: Series = { steps, values: steps.map(Math.log1p) };
        const found = effectivity(rising, [0], 0, window);
        const last = steps.filter((step) => step <= window).at(-1)!;
        if (last === 0) expect(found).toBeUndefined();
        else expect(found).toBe(Math.log1p(last));
      }),
    );
  });
});

describe('fixed-lag effectivity', () => {
  it('takes the checkpoint at the lag', () => {
    expect(fixedLagEffectivity(q, encounters, 0, 40)).toBeCloseTo(0.5, 12);
  });

  it('shortens the lag to the next encounter', () => {
    expect(fixedLagEffectivity(q, encounters, 0, 5000)).toBeCloseTo(-4.2 - -5, 12);
  });

  it('is interpolated in ln(1 + lag) between checkpoints after the encounter', () => {
    const share = Math.log(51 / 41) / Math.log(61 / 41);
    expect(fixedLagEffectivity(q, encounters, 0, 50)).toBeCloseTo(-4.5 + 1.5 * share - -5, 12);
  });

  it('is missing where a checkpoint on either side is', () => {
    // Before the first checkpoint after the encounter, and after the last one before the next encounter.
    expect(fixedLagEffectivity(q, encounters, 0, 5)).toBeUndefined();
    expect(fixedLagEffectivity(q, encounters, 1, 90)).toBeUndefined();
    expect(fixedLagEffectivity(q, encounters, 2, 101)).toBeUndefined();
    expect(fixedLagEffectivity(q, [300], 0, 50)).toBeUndefined();
  });
});
