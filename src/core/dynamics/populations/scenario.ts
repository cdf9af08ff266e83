import type { Kernel } from '../kernel/kernel';
import { encounterProbability } from './encounters';

/** A corpus with its facts, and a training on it. Facts keep their places whatever is done to their frequencies. */
export interface Scenario {
  /** Of the sequences that mention a fact, the share that mentions this one; sum 1. */
  readonly frequencies: Float64Array;
  /** Mean number of verbatim copies of each of a fact's texts, 1 or more; null: nothing is duplicated. */
  readonly copies: Float64Array | null;
  /** Share of the sequences that mention any fact, each one fact. */
  readonly share: number;
  /** Sequences of the corpus. */
  readonly corpus: number;
  /** Sequences a step. */
  readonly batch: number;
  /** Steps of the training; sequences are drawn from the corpus independently. */
  readonly steps: number;
  /** What an encounter adds to a fact's log probability at its peak, nats. */
  readonly rise: number;
  /** Steps from an encounter to its peak, at least 1; before it an encounter adds nothing. */
  readonly peakDelay: number;
  readonly kernels: Kernels;
}

/** What is left of a rise: of facts met in ever other words, and of facts whose texts are duplicated. */
export interface Kernels {
  readonly paraphrase: Kernel;
  readonly duplication: Kernel;
}

/** A change of the corpus or of the training; it returns a new scenario and leaves the old one alone. */
export type Intervention = (scenario: Scenario) => Scenario;

/** Steps of the training whose encounters reach their peaks before its end. */
export function stepsThatCount({ steps, peakDelay }: Scenario): number {
  return Math.max(steps - peakDelay + 1, 0);
}

/** The kernel by which a fact is forgotten. */
export function conditionOf({ copies }: Scenario, fact: number): keyof Kernels {
  return copies !== null && copies[fact]! > 1 ? 'duplication' : 'paraphrase';
}

/** Probability of an encounter with each fact in a step. */
export function encounterProbabilities({ frequencies, share, batch }: Scenario): Float64Array {
  return frequencies.map((frequency) => encounterProbability(frequency * share, batch));
}
