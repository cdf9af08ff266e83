import { accumulatedLevel, type Regular } from './accumulate';
import { firstEncounter } from './encounters';
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
 * Where a schedule passes what is possible. Only its peaks are looked at: from them on levels fall.
 * @param until the last step that is asked for
 * @returns null where it stays below
 */
export function firstImpossible(
  schedule: ForwardSchedule,
  baseline: number,
  until = Infinity,
): Impossible | null {
  const { encounters, peakDelay } = schedule;
  for (const [i, encounter] of encounters.entries()) {
    const step = encounter + (typeof peakDelay === 'number' ? peakDelay : peakDelay[i]!);
    if (step > until) break;
    const [level] = predictLevels(schedule, [step]);
    if (isImpossible(baseline, level!)) return { encounter: i + 1, step, level: level! };
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
