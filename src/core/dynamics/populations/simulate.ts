import { FailureError } from '../../failure';
import { seededRandom } from '../../random';
import { fewestEncounters, kernelNeeded, type Goal, type Known } from './goal';
import { lastLag, leftAt } from './kernelSums';
import { encounterSampler } from './sampler';

/**
 * Simulates trainings and counts those after which (or in which) a fact is known; trainings that have too few encounters
 * for that are accounted for exactly. The same goal gives the same result.
 * @param encounter probability of an encounter in a step, 0 and 1 excluded
 * @returns the share, with a standard error (Agresti and Coull's, so that it is not 0 where all trainings agree)
 * @throws FailureError `simulation-too-long` where there are too many encounters
 */
export function simulateKnown(goal: Goal, encounter: number): Known {
  const remembered = lastLag(goal.kernel) + 1;
  const { draw, weight } = encounterSampler(
    seededRandom(goal.seed),
    encounter,
    goal.when === 'end' ? Math.min(remembered, goal.steps) : goal.steps,
    fewestEncounters(goal),
  );
  const becomesKnown = goal.when === 'end' ? knownAtEnd : everKnown;
  const work = { left: MOST_WORK };
  let known = 0;
  for (let sample = 0; sample < goal.samples; sample++) if (becomesKnown(goal, draw(), work)) known++;
  const smoothed = (known + 2) / (goal.samples + 4);
  return {
    probability: (weight * known) / goal.samples,
    standardError: weight * Math.sqrt((smoothed * (1 - smoothed)) / (goal.samples + 4)),
    method: 'simulation',
  };
}

/** Kernel values of a simulation, a few seconds' worth. */
const MOST_WORK = 2e7;

/** @param nextLag the encounters' lags at the end, from the last one back */
function knownAtEnd(goal: Goal, nextLag: () => number, work: Work): boolean {
  const needed = kernelNeeded(goal);
  let left = 0;
  for (let lag = nextLag(); lag < Infinity; lag = nextLag()) {
    spend(work, 1);
    left += leftAt(goal.kernel, lag);
    if (left >= needed) return true;
  }
  return false;
}

/** The gain is highest at an encounter's peak: it is looked at there. @param nextStep the encounters' steps */
function everKnown(goal: Goal, nextStep: () => number, work: Work): boolean {
  const needed = kernelNeeded(goal);
  const remembered = lastLag(goal.kernel);
  const met: number[] = [];
  let first = 0;
  for (let step = nextStep(); step < Infinity; step = nextStep()) {
    met.push(step);
    while (step - met[first]! > remembered) first++;
    spend(work, met.length - first);
    let left = 0;
    for (let i = first; i < met.length; i++) left += leftAt(goal.kernel, step - met[i]!);
    if (left >= needed) return true;
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
