import { randomGeometric } from 'd3-random';
import { FailureError } from '../../failure';
import { seededRandom } from '../../random';
import { kernelAt } from '../kernel';
import type { Goal, Known } from './goal';
import { lagsAbove } from './kernelSums';

/**
 * Simulates trainings and counts those after which (or in which) a fact is known. Steps without an encounter are
 * jumped over: the interval to the next one is geometric. The same goal gives the same result.
 * @param encounter probability of an encounter in a step, above 0
 * @returns the share, with a standard error (Agresti and Coull's, so that it is not 0 where all trainings agree)
 * @throws FailureError `simulation-too-long` where there are too many encounters
 */
export function simulateKnown(goal: Goal, encounter: number): Known {
  const interval = randomGeometric.source(seededRandom(goal.seed).uniform)(encounter);
  const becomesKnown = goal.when === 'end' ? knownAtEnd : everKnown;
  const work = { left: MOST_WORK };
  let known = 0;
  for (let sample = 0; sample < goal.samples; sample++) if (becomesKnown(goal, interval, work)) known++;
  const smoothed = (known + 2) / (goal.samples + 4);
  return {
    probability: known / goal.samples,
    standardError: Math.sqrt((smoothed * (1 - smoothed)) / (goal.samples + 4)),
    method: 'simulation',
  };
}

/** Kernel values of a simulation: more take longer than a person waits. */
const MOST_WORK = 1e9;

/** From the last encounter back, until the gain is reached or all older ones are forgotten. */
function knownAtEnd({ kernel, rise, steps, level }: Goal, interval: () => number, work: Work): boolean {
  const oldest = Math.min(lagsAbove(kernel, 0), steps - 1);
  let gain = 0;
  for (let lag = interval() - 1; lag <= oldest; lag += interval()) {
    spend(work, 1);
    gain += rise * kernelAt(kernel, lag);
    if (gain >= level) return true;
  }
  return false;
}

/** The gain is highest at an encounter's peak: it is looked at there. */
function everKnown({ kernel, rise, steps, level }: Goal, interval: () => number, work: Work): boolean {
  const oldest = lagsAbove(kernel, 0);
  const remembered: number[] = [];
  let first = 0;
  for (let step = interval() - 1; step < steps; step += interval()) {
    remembered.push(step);
    while (step - remembered[first]! > oldest) first++;
    spend(work, remembered.length - first);
    let gain = 0;
    for (let i = first; i < remembered.length; i++) gain += rise * kernelAt(kernel, step - remembered[i]!);
    if (gain >= level) return true;
  }
  return false;
}

interface Work {
  left: number;
}

function spend(work: Work, values: number): void {
  work.left -= values;
  if (work.left < 0)
    throw new FailureError({
      code: 'simulation-too-long',
      message:
        'Whether facts become known would take too long to simulate: too many encounters make up the level.',
      remedy: 'Lower the level or the number of samples, or raise what an encounter adds.',
    });
}
