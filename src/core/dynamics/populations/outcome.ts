import type { Kernel } from '../kernel/kernel';
import { conditionOf, encounterProbabilities, stepsThatCount, type Kernels, type Scenario } from './scenario';
import { expectedGain, type Gain } from './gain';
import type { Goal } from './goal';
import { kernelSums } from './kernelSums';
import { knownModel, type KnownModel } from './known';

/** What is asked of a population: see {@link Goal}. */
export type Question = Pick<Goal, 'level' | 'when' | 'samples' | 'seed'>;

/** What becomes of each fact of a scenario. */
export interface Outcome {
  readonly scenario: Scenario;
  /** Probability of an encounter in a step, per fact. */
  readonly encounters: Float64Array;
  readonly conditionOf: (fact: number) => keyof Kernels;
  readonly gain: (fact: number) => Gain;
  readonly known: (fact: number) => ReturnType<KnownModel['at']>;
  /** As `known`, interpolated where it is not exact: for sums over all facts. */
  readonly probability: (fact: number) => number;
}

/**
 * Follows a scenario through its training. Models are made once for each kernel, rise and number of steps, and shared
 * by all scenarios that are given to the same function.
 */
export function outcomes(question: Question): (scenario: Scenario) => Outcome {
  const models = new Map<string, KnownModel>();
  const modelOf = (kernel: Kernel, rise: number, steps: number) => {
    const key = JSON.stringify([kernel.a, kernel.b, rise, steps]);
    const model = models.get(key) ?? knownModel({ ...question, kernel, rise, steps });
    models.set(key, model);
    return model;
  };
  return (scenario) => {
    const { kernels, rise } = scenario;
    const steps = stepsThatCount(scenario);
    const encounters = encounterProbabilities(scenario);
    const following = (kernel: Kernel) => ({
      sums: kernelSums(kernel, steps),
      model: modelOf(kernel, rise, steps),
    });
    const perCondition = {
      paraphrase: following(kernels.paraphrase),
      duplication: following(kernels.duplication),
    };
    const of = (fact: number) => perCondition[conditionOf(scenario, fact)];
    return {
      scenario,
      encounters,
      conditionOf: (fact) => conditionOf(scenario, fact),
      gain: (fact) => expectedGain(encounters[fact]!, rise, of(fact).sums),
      known: (fact) => of(fact).model.at(encounters[fact]!),
      probability: (fact) => of(fact).model.probability(encounters[fact]!),
    };
  };
}
