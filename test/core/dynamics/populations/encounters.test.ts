import { describe, expect, it } from 'vitest';
import {
  encounterProbability,
  intervalQuantile,
  intervalWithin,
  meanInterval,
} from '../../../../src/core/dynamics/populations/encounters';
import { oracle } from './oracle';

describe('encounters', () => {
  it.each(oracle.encounters)('share $share, batch $batch: as SciPy', (one) => {
    const encounter = encounterProbability(one.share, one.batch);
    expect(encounter / one.encounter).toBeCloseTo(1, 10);
    expect(meanInterval(encounter) / one.mean).toBeCloseTo(1, 10);
    // SciPy's quantile of a very rare event is off in the last digits of a whole number.
    expect(intervalQuantile(one.encounter, 0.5) / one.median).toBeCloseTo(1, 6);
    expect(intervalQuantile(one.encounter, 0.95) / one.p95).toBeCloseTo(1, 6);
    expect(intervalWithin(one.encounter, 100) / one.within100).toBeCloseTo(1, 9);
  });

  it('of a fact that is everywhere come every step, of one that is nowhere never', () => {
    expect(encounterProbability(1, 8)).toBe(1);
    expect(intervalQuantile(1, 0.95)).toBe(1);
    expect(intervalWithin(1, 1)).toBe(1);
    expect(encounterProbability(0, 8)).toBe(0);
    expect(meanInterval(0)).toBe(Infinity);
  });

  it('come within the quantile with at least its probability, and not before', () => {
    for (const encounter of [0.5, 0.25, 0.1, 0.037, 1e-3]) {
      for (const probability of [0.5, 0.75, 0.95]) {
        const steps = intervalQuantile(encounter, probability);
        expect(intervalWithin(encounter, steps)).toBeGreaterThanOrEqual(probability - 1e-12);
        expect(intervalWithin(encounter, steps - 1)).toBeLessThan(probability);
      }
    }
  });
});
