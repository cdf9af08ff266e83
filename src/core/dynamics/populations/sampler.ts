import { randomGeometric } from 'd3-random';
import type { Random } from '../../random';

/** Draws trainings that have at least a few encounters, as the steps of these (from 0), ascending; Infinity: no more. */
export interface Sampler {
  /** Probability that a training has so many encounters; of the others nothing needs to be drawn. */
  readonly weight: number;
  readonly draw: () => () => number;
}

/** Where more encounters are expected, hardly a training has too few. */
const MANY = 64;

/**
 * @param encounter probability of an encounter in a step, 0 to 1, both excluded
 * @param steps in which there may be encounters
 * @param least encounters that a training has to have to be drawn, at most as many as the steps
 */
export function encounterSampler(random: Random, encounter: number, steps: number, least: number): Sampler {
  if (encounter * steps > MANY) {
    // From one encounter to the next the interval is geometric.
    const interval = randomGeometric.source(random.uniform)(encounter);
    return {
      weight: 1,
      draw: () => {
        let step = -1;
        return () => {
          step += interval();
          return step < steps ? step : Infinity;
        };
      },
    };
  }
  const cumulative = binomialTail(encounter, steps, least);
  const weight = cumulative.at(-1)!;
  return {
    weight,
    draw: () => {
      const place = random.uniform() * weight;
      const drawn = distinct(random, steps, least + cumulative.findIndex((sum) => place < sum));
      let next = 0;
      return () => drawn[next++] ?? Infinity;
    },
  };
}

/** P(least ≤ N ≤ least + i) for i = 0, 1, … of a binomial number N, as far as the terms count. */
function binomialTail(probability: number, trials: number, least: number): number[] {
  let logTerm = (trials - least) * Math.log1p(-probability);
  for (let i = 0; i < least; i++) logTerm += Math.log(((trials - i) / (i + 1)) * probability);
  let term = Math.exp(logTerm);
  const cumulative = [term];
  const odds = probability / (1 - probability);
  for (let n = least; n < trials; n++) {
    term *= ((trials - n) / (n + 1)) * odds;
    const sum = cumulative.at(-1)! + term;
    // Before the summit of the terms a small one is no end.
    if (n > trials * probability && sum === cumulative.at(-1)) break;
    cumulative.push(sum);
  }
  return cumulative;
}

function distinct(random: Random, below: number, many: number): number[] {
  const drawn = new Set<number>();
  while (drawn.size < many) drawn.add(random.below(below));
  return [...drawn].sort((a, b) => a - b);
}
