import { describe, expect, it } from 'vitest';
import type { LogarithmicFit, Retention } from '../../../src/core/dynamics/analysis';
import {
  describeHorizon,
  describeHorizonAlone,
  describeHorizonTokens,
  describeUsed,
  retainedAt,
} from '../../../src/core/dynamics/describe';

const fit: LogarithmicFit = {
  ...{ a: 0.25, b: 1, r2: 0.9, rmse: 0.01, standardError: 0.01, points: 2, aic: -20 },
  ...{ horizon: 10_000, extrapolated: true, horizonTokens: 2e7 },
};
const retention: Retention = {
  ...{ lags: [1, 10, 100, 1000], meanR: [0.9, 0.8, 0.5, 0.2], ratioOfMeans: [0.9, 0.8, 0.5, 0.2] },
  ...{ n: 6, leftOut: 4, incomplete: 2, threshold: 0.05, fit, why: null },
  ...{ exponential: null, better: null, interval: null },
};

describe('words for retention', () => {
  it('tell a horizon, its extrapolation, its absence, and what lies too far out to be said', () => {
    const within = { ...fit, horizon: 800, extrapolated: false };
    const words = [
      fit,
      within,
      { ...fit, standardError: 0.2, horizon: null },
      { ...fit, horizon: 100_001 },
      // It falls, and reaches 0 beyond all numbers.
      { ...fit, horizon: null },
    ].map((one) => describeHorizon({ ...retention, fit: one }));
    expect(words).toEqual([
      '10,000, extrapolated',
      '800',
      'none: no measurable fall',
      'beyond 100 × the data',
      'beyond 100 × the data',
    ]);
    const interval = {
      ...{ meanR: [], a: null, horizonTokens: null },
      horizon: { low: 5000.4, high: 20_000 },
    };
    expect(describeHorizon({ ...retention, interval })).toBe('10,000 [5,000, 20,000], extrapolated');
    expect(describeHorizon({ ...retention, interval }, '*')).toBe('10,000 [5,000, 20,000]*');
    expect(describeHorizonAlone({ ...retention, interval }, '*')).toBe('10,000*');
    // No bound, and one that lies too far out to be said.
    for (const high of [null, 100_001]) {
      const open = { ...interval, horizon: { low: 800, high } };
      expect(describeHorizon({ ...retention, fit: within, interval: open })).toBe('800 [800, ∞]');
    }
    expect(describeHorizon({ ...retention, fit: null, why: 'Too sparse.' })).toBe('Too sparse.');
    expect(describeHorizonTokens(retention)).toBe('20,000,000');
    expect(describeHorizonTokens({ ...retention, fit: { ...fit, horizon: 1e9 } })).toBe('–');
  });

  it('never contradict the interval of a', () => {
    const between = (low: number) => ({
      meanR: [],
      a: { low, high: 0.4 },
      horizon: null,
      horizonTokens: null,
    });
    // The standard error says that it falls, the interval that nobody knows.
    const none = { ...retention, fit: { ...fit, horizon: null }, interval: between(-0.01) };
    expect(describeHorizon(none)).toBe('none: no measurable fall');
    expect(describeHorizonAlone(none)).toBe('none: no measurable fall');
    const there = { ...retention, fit: { ...fit, standardError: 0.2 }, interval: between(0.01) };
    expect(describeHorizon(there)).toBe('10,000, extrapolated');
  });

  it('count all probes, also those without the scores they need', () => {
    expect(describeUsed(retention)).toBe('6 of 12');
  });

  it('tell a measured R from one that is drawn to the peak', () => {
    expect(retainedAt(retention, 10)).toEqual({ value: 0.8, measured: false });
    expect(retainedAt(retention, 100)).toEqual({ value: 0.5, measured: true });
    expect(retainedAt(retention, 50)).toBeUndefined();
  });
});
