import { accumulatedLevel, type Regular } from './accumulate';
import { firstEncounter } from './encounters';
import { lastAtMost } from '../metrics/interpolate';
import { predictLevels, type ForwardSchedule } from './predict';

/**
 * The first peak at which a forecast passes what is possible: the forward model adds without end, but no log probability
 * is above 0, that of probability 1. A mean is at 0 only when all of its probes are: from here on at the latest the model
 * no longer holds.
 */
export interface Impossible {
  /** 1-based number of the encounter. */
  readonly encounter: number;
  /** Of its peak. */
  readonly step: number;
  /** Predicted there, nats above the start. */
  readonly level: number;
}

/** Rounding alone passes no ceiling. */
const TOLERANCE = 1e-9;

/** @param baseline ℓ_1, nats, at most 0; @param level nats above it */
export function isImpossible(baseline: number, level: number): boolean {
  return baseline + level > TOLERANCE * Math.abs(baseline);
}

/**
 * Where a schedule passes what is possible. Only its peaks are looked at: from them on levels fall. A peak is left out
 * where all that was added since the last one that was looked at would not suffice, even if nothing of it had faded.
 * @param until the last step that is asked for
 * @returns null where it stays below
 */
export function firstImpossible(
  schedule: ForwardSchedule,
  baseline: number,
  until = Infinity,
): Impossible | null {
  const { encounters, rises, kernel, peakDelay } = schedule;
  const delayOf = (i: number) => (typeof peakDelay === 'number' ? peakDelay : peakDelay[i]!);
  const longest = encounters.reduce((most, _, i) => Math.max(most, delayOf(i)), 0);
  // Fading negative rises lift the level, and so does a fitted kernel that gains (a below 0): then only the sum of all
  // others bounds it, of which no more than the whole is ever left.
  const fallsOnly = kernel.a >= 0 && rises.every((rise) => rise >= 0);
  const sums = [0];
  for (const rise of rises) sums.push(sums.at(-1)! + Math.max(0, rise));
  const addedUntil = (step: number) => sums[lastAtMost(encounters, step) + 1]!;
  let known = { step: -Infinity, level: 0, added: 0 };
  for (const [i, encounter] of encounters.entries()) {
    const step = encounter + delayOf(i);
    if (step > until) break;
    const most = known.level + addedUntil(step) - known.added;
    if (step >= known.step && !isImpossible(baseline, most)) continue;
    const level = predictLevels(schedule, [step])[0]!;
    if (isImpossible(baseline, level)) return { encounter: i + 1, step, level };
    // Of rises that are still on their way to their peak all is to come.
    if (fallsOnly) known = { step, level, added: addedUntil(step - longest) };
  }
  return null;
}

/** The same of encounters at equal intervals, the first at step 0. @param n how many, or Infinity */
export function firstImpossibleAt(
  regular: Regular & { readonly peakDelay: number },
  baseline: number,
  interval: number,
  n: number,
): Impossible | null {
  const at = (encounter: number) => accumulatedLevel(regular, interval, encounter);
  if (!isImpossible(baseline, at(n))) return null;
  const encounter = firstEncounter((each) => isImpossible(baseline, at(each)));
  return { encounter, step: (encounter - 1) * interval + regular.peakDelay, level: at(encounter) };
}
