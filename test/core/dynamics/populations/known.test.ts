import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decider } from '../../../../src/core/dynamics/populations/decided';
import { expectedGain } from '../../../../src/core/dynamics/populations/gain';
import type { Goal } from '../../../../src/core/dynamics/populations/goal';
import { kernelSums } from '../../../../src/core/dynamics/populations/kernelSums';
import { knownModel } from '../../../../src/core/dynamics/populations/known';
import { encounterSampler } from '../../../../src/core/dynamics/populations/sampler';
import { simulateKnown } from '../../../../src/core/dynamics/populations/simulate';
import { seededRandom } from '../../../../src/core/random';
import { oracle, type Training } from './oracle';

type Case = Omit<Training, 'encounter' | 'probability'> & { readonly when?: Goal['when'] };

function goalOf({ a, b, steps, rise, level, when = 'end' }: Case, more: Partial<Goal> = {}): Goal {
  return {
    kernel: { a, b },
    rise,
    steps,
    level,
    when,
    samples: 20_000,
    seed: 3,
    ...more,
  };
}

// A chance of 1 in 1.7 million to be further off, were the seed not fixed.
const FAR = 5;

describe('the gain of a fact', () => {
  it.each(oracle.trainings)('mean and deviation over all 2^$steps trainings', (one) => {
    const gain = expectedGain(one.encounter, one.rise, kernelSums(one, one.steps));
    expect(gain.mean / one.mean).toBeCloseTo(1, 12);
    expect(gain.deviation / one.deviation).toBeCloseTo(1, 9);
  });

  it('has the mean and the deviation of simulated trainings', () => {
    const [kernel, steps, encounter, rise] = [{ a: 0.25, b: 1 }, 2000, 0.01, 0.4] as const;
    const { draw } = encounterSampler(seededRandom(8), encounter, steps, 0);
    const gains = Array.from({ length: 4000 }, () => {
      const next = draw();
      let gain = 0;
      for (let lag = next(); lag < Infinity; lag = next())
        gain += lag === 0 ? rise : rise * Math.min(Math.max(kernel.b - kernel.a * Math.log10(lag), 0), 1);
      return gain;
    });
    const mean = gains.reduce((sum, gain) => sum + gain) / gains.length;
    const variance = gains.reduce((sum, gain) => sum + (gain - mean) ** 2, 0) / (gains.length - 1);
    const exact = expectedGain(encounter, rise, kernelSums(kernel, steps));
    expect(Math.abs(mean - exact.mean)).toBeLessThan(FAR * (exact.deviation / Math.sqrt(gains.length)));
    // The variance of a variance of nearly normal numbers.
    expect(Math.abs(variance / exact.deviation ** 2 - 1)).toBeLessThan(FAR * Math.sqrt(2.5 / gains.length));
  });
});

describe('the probability of becoming known', () => {
  it.each(oracle.trainings)(
    'agrees with going through all 2^$steps trainings: level $level, encounters $encounter, $when',
    (one) => {
      const goal = goalOf(one);
      const known = knownModel(goal).at(one.encounter);
      if (known.method === 'exact') expect(known.probability).toBeCloseTo(one.probability, 9);
      else {
        expect(known.method).toBe('simulation');
        expect(Math.abs(known.probability - one.probability)).toBeLessThan(FAR * known.standardError);
      }
    },
  );

  it('is among these cases exact, and simulated', () => {
    const methods = oracle.trainings.map((one) => knownModel(goalOf(one)).at(one.encounter).method);
    expect(methods.filter((method) => method === 'exact').length).toBeGreaterThanOrEqual(5);
    expect(methods.filter((method) => method === 'simulation').length).toBeGreaterThanOrEqual(5);
  });

  it.each(oracle.simulated)(
    'agrees with a simulation by NumPy: level $level, encounters $encounter of $steps steps',
    (one) => {
      const known = simulateKnown(goalOf(one), one.encounter);
      const other = Math.sqrt((one.probability * (1 - one.probability)) / one.samples);
      expect(Math.abs(known.probability - one.probability)).toBeLessThan(
        FAR * Math.hypot(known.standardError, other),
      );
    },
  );

  it('simulated agrees with exact where both exist', () => {
    const goal = goalOf({ a: 0.25, b: 1, steps: 20_000, rise: 0.4, level: 0.3 });
    for (const encounter of [2e-8, 1e-7]) {
      const exact = decider(goal)(encounter)!;
      expect(exact.method).toBe('exact');
      const simulated = simulateKnown(goal, encounter);
      expect(Math.abs(simulated.probability - exact.probability)).toBeLessThan(FAR * simulated.standardError);
      expect(exact.probability).toBeGreaterThan(0);
    }
    const ever = { ...goal, when: 'ever' } as const;
    for (const encounter of [1e-5, 1e-4]) {
      const exact = decider(ever)(encounter)!;
      const simulated = simulateKnown(ever, encounter);
      expect(Math.abs(simulated.probability - exact.probability)).toBeLessThan(FAR * simulated.standardError);
    }
  });

  it('simulated does not contradict what the inequalities say', () => {
    const goal = goalOf({ a: 0.25, b: 1, steps: 5000, rise: 0.4, level: 1 });
    const sampled = [0.0002, 0.5].map((encounter) => ({
      bound: decider({ ...goal, level: encounter > 0.1 ? 1 : 40 })(encounter),
      simulated: simulateKnown({ ...goal, level: encounter > 0.1 ? 1 : 40 }, encounter).probability,
    }));
    expect(sampled).toEqual([
      { bound: { probability: 0, standardError: 0, method: 'bound' }, simulated: 0 },
      { bound: { probability: 1, standardError: 0, method: 'bound' }, simulated: 1 },
    ]);
  });

  it('of one step is that of its encounter', () => {
    const goal = goalOf({ a: 0.25, b: 1, steps: 1, rise: 0.5, level: 0.5 });
    expect(knownModel(goal).at(0.3)).toEqual({ probability: 0.3, standardError: 0, method: 'exact' });
    expect(knownModel({ ...goal, level: 0.6 }).at(0.3).probability).toBe(0);
    expect(knownModel({ ...goal, level: 0 }).at(0).probability).toBe(1);
  });

  it('of a fact in every batch, and of one in none, is certain', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 30, noNaN: true }),
        fc.constantFrom('end' as const, 'ever' as const),
        (level, when) => {
          const goal = goalOf({ a: 0.3, b: 1, steps: 50, rise: 1, level }, { when });
          const all = kernelSums(goal.kernel, 50).kept;
          expect(knownModel(goal).at(1).probability).toBe(level <= all ? 1 : 0);
          expect(knownModel(goal).at(0).probability).toBe(0);
        },
      ),
    );
  });

  it('is the same for the same seed, and rises with the encounters', () => {
    const goal = goalOf({ a: 0.25, b: 1, steps: 5000, rise: 0.4, level: 1 }, { samples: 500 });
    const { probability } = knownModel(goal);
    const again = knownModel(goal).probability;
    let last = 0;
    for (let encounter = 1e-7; encounter < 1; encounter *= 1.1) {
      const now = probability(encounter);
      expect(now).toBe(again(encounter));
      expect(now).toBeGreaterThanOrEqual(last - 1e-9);
      last = now;
    }
    expect(last).toBe(1);
  });

  it('as a curve for many facts lies on that for one', () => {
    const goal = goalOf({ a: 0.25, b: 1, steps: 5000, rise: 0.4, level: 1 });
    const { at, probability } = knownModel(goal);
    for (const encounter of [3e-4, 1e-3, 2e-3, 4e-3, 8e-3]) {
      const one = at(encounter);
      // Two simulations, and what is left of the curvature between two knots.
      expect(Math.abs(probability(encounter) - one.probability)).toBeLessThan(
        FAR * Math.SQRT2 * one.standardError + 0.01,
      );
    }
  });

  it('is refused where it would take too long', () => {
    const goal = goalOf({ a: 0.01, b: 1, steps: 1e9, rise: 1e-9, level: 0.41 });
    expect(() => simulateKnown(goal, 0.5)).toThrow(/too long/);
  });
});
