import { isImpossible } from '../forward/ceiling';
import { thresholdOf, type Kernel } from '../kernel/kernel';
import { intervalQuantile, intervalWithin, meanInterval } from './encounters';
import type { Known } from './goal';
import type { Outcome, Question } from './outcome';
import type { Kernels, Scenario } from './scenario';

/** What `simulate population --format json` prints. Facts are ranked by their frequency in the baseline. */
export interface PopulationAnalysis {
  readonly version: 1;
  readonly facts: number;
  /** When a fact counts as known: a gain of `level` nats, at the end or ever; samples and seed of the simulations. */
  readonly question: Question;
  /** Log probability of a fact that was never met, nats: as given, or the run's mean ℓ_1; null where neither says it. */
  readonly start: number | null;
  readonly baseline: ScenarioAnalysis;
  /** As they were asked for. */
  readonly interventions: readonly (ScenarioAnalysis & {
    /** As it was written. */
    readonly name: string;
  })[];
}

export interface ScenarioAnalysis {
  /** Sequences a step, and steps. */
  readonly batch: number;
  readonly steps: number;
  /** Sequences of the corpus, and how often the training goes through it on average. */
  readonly corpus: number;
  readonly passes: number;
  /** Share of the sequences that mention a fact. */
  readonly share: number;
  /** Nats an encounter adds. */
  readonly rise: number;
  /** Steps from an encounter to its peak. */
  readonly peakDelay: number;
  readonly kernels: Readonly<Record<keyof Kernels, KernelAnalysis>>;
  /** Facts whose mean interval between encounters is not beyond their kernel's learnability threshold. */
  readonly withinThreshold: Reach;
  /** Facts whose expected gain at the end is at least the level: exact. */
  readonly expected: Reach;
  /** Facts by their probability of becoming known: simulated where it cannot be counted. */
  readonly probable: Reach;
  /**
   * Facts whose expected gain at the end lifts log probability above 0, which nothing does: the model, which knows no
   * ceiling, no longer holds for them. Null where the start is not known.
   */
  readonly impossible: Reach | null;
  /** Facts of the ranks 1, 2, 5, 10, … and of the last. */
  readonly ranks: readonly RankAnalysis[];
}

export interface KernelAnalysis extends Kernel {
  /** The learnability threshold, steps; null: none. */
  readonly threshold: number | null;
  /** Facts that are forgotten by it. */
  readonly facts: number;
}

/** How far knowledge reaches into the tail. */
export interface Reach {
  /** The last rank up to which *all* facts count; of the probable ones: are known at least as likely as not. */
  readonly rank: number;
  /** How many facts count, wherever they stand; of the probable ones: their expected number. */
  readonly facts: number;
  /** The same as a share of all facts. */
  readonly share: number;
  /** The same as a share of what is asked for: facts weighted with the frequencies of the baseline. */
  readonly mass: number;
}

export interface RankAnalysis {
  /** From 1, in the baseline. */
  readonly rank: number;
  /** The fact's id, where a file of frequencies names it. */
  readonly fact?: string;
  readonly condition: keyof Kernels;
  /** Of the sequences that mention a fact, the share that mentions this one. */
  readonly frequency: number;
  /** Expected number of the corpus' sequences that mention it. */
  readonly sequences: number;
  /** Expected number of encounters in the whole training. */
  readonly encounters: number;
  /** Steps between two encounters (geometric): mean, median and 95th percentile; null: it is never met. */
  readonly interval: { readonly mean: number; readonly median: number; readonly p95: number } | null;
  /** Probability that the next encounter comes before the last one is forgotten (within the threshold). */
  readonly inTime: number;
  /** The gain at the end, nats: expectation and standard deviation, both exact. */
  readonly gain: { readonly mean: number; readonly deviation: number };
  readonly known: Known;
}

/** What a scenario is looked at with. */
export interface Measures {
  /** Gain from which on a fact is known, nats. */
  readonly level: number;
  /** Log probability of a fact that was never met, nats, at most 0; null where it is not known. */
  readonly start: number | null;
  /** The baseline's frequencies, by which known facts are weighted; facts stand in the order of their ranks. */
  readonly asked: Float64Array;
  /** By rank. */
  readonly ids?: readonly string[] | undefined;
}

/** The figures of one scenario. */
export function analyzeScenario(outcome: Outcome, { level, start, asked, ids }: Measures): ScenarioAnalysis {
  const { scenario, encounters } = outcome;
  const { batch, steps, corpus, share, rise, peakDelay, kernels } = scenario;
  const thresholds = {
    paraphrase: thresholdOf(kernels.paraphrase),
    duplication: thresholdOf(kernels.duplication),
  };
  const duplicated = scenario.copies?.reduce((facts, copies) => facts + Number(copies > 1), 0) ?? 0;
  const reach = (counts: (fact: number) => number) => reachOf(asked, counts);
  return {
    batch,
    steps,
    corpus,
    passes: (steps * batch) / corpus,
    share,
    rise,
    peakDelay,
    kernels: {
      paraphrase: described(kernels.paraphrase, encounters.length - duplicated),
      duplication: described(kernels.duplication, duplicated),
    },
    withinThreshold: reach((fact) =>
      Number(meanInterval(encounters[fact]!) <= thresholds[outcome.conditionOf(fact)]),
    ),
    expected: reach((fact) => Number(outcome.gain(fact).mean >= level)),
    probable: reach(outcome.probability),
    impossible: start === null ? null : reach((fact) => Number(isImpossible(start, outcome.gain(fact).mean))),
    ranks: tableRanks(encounters.length).map((rank) => ({
      rank,
      ...(ids !== undefined && { fact: ids[rank - 1]! }),
      ...analyzeFact(outcome, rank - 1, thresholds),
    })),
  };
}

function analyzeFact(
  { scenario, encounters, conditionOf, gain, known }: Outcome,
  fact: number,
  thresholds: Readonly<Record<keyof Kernels, number>>,
): Omit<RankAnalysis, 'rank' | 'fact'> {
  const { frequencies, share, corpus, steps }: Scenario = scenario;
  const encounter = encounters[fact]!;
  const condition = conditionOf(fact);
  return {
    condition,
    frequency: frequencies[fact]!,
    sequences: frequencies[fact]! * share * corpus,
    encounters: encounter * steps,
    interval:
      encounter === 0
        ? null
        : {
            mean: meanInterval(encounter),
            median: intervalQuantile(encounter, 0.5),
            p95: intervalQuantile(encounter, 0.95),
          },
    inTime: encounter === 0 ? 0 : intervalWithin(encounter, thresholds[condition]),
    gain: gain(fact),
    known: known(fact),
  };
}

function described(kernel: Kernel, facts: number): KernelAnalysis {
  const threshold = thresholdOf(kernel);
  return { ...kernel, threshold: Number.isFinite(threshold) ? threshold : null, facts };
}

/** @param counts how much a fact counts, 0 to 1 */
function reachOf(asked: Float64Array, counts: (fact: number) => number): Reach {
  let rank = asked.length;
  let facts = 0;
  let mass = 0;
  for (let fact = 0; fact < asked.length; fact++) {
    const one = counts(fact);
    if (one < 0.5 && rank === asked.length) rank = fact;
    facts += one;
    mass += one * asked[fact]!;
  }
  return { rank, facts, share: facts / asked.length, mass };
}

/** 1, 2, 5, 10, 20, 50, … and the last. */
export function tableRanks(facts: number): number[] {
  const ranks: number[] = [];
  for (let decade = 1; decade <= facts; decade *= 10)
    ranks.push(...[decade, 2 * decade, 5 * decade].filter((rank) => rank < facts));
  return [...ranks, facts];
}
