import { decider } from './decided';
import type { Goal, Known } from './goal';
import { simulateKnown } from './simulate';

/** The probability that a fact becomes known, as a function of the probability of its encounter in a step. */
export interface KnownModel {
  /** For one fact: exact or bounded where possible, simulated otherwise. */
  readonly at: (encounter: number) => Known;
  /** For very many: where it is not exact, interpolated between {@link KNOTS} simulated places. */
  readonly probability: (encounter: number) => number;
}

/** Places at which the curve is simulated, evenly in the logarithm of the encounter's probability. */
export const KNOTS = 65;

/** Both throw FailureError `simulation-too-long` (see {@link simulateKnown}). */
export function knownModel(goal: Goal): KnownModel {
  const decided = decider(goal);
  const at = (encounter: number) => decided(encounter) ?? simulateKnown(goal, encounter);
  let curve: ((encounter: number) => number) | undefined;
  return {
    at,
    probability: (encounter) => {
      const known = decided(encounter);
      if (known !== undefined) return known.probability;
      curve ??= sampledCurve(decided, at);
      return curve(encounter);
    },
  };
}

function sampledCurve(
  decided: (encounter: number) => Known | undefined,
  at: (encounter: number) => Known,
): (encounter: number) => number {
  // From rare to frequent: decided and small, then undecided, then certain.
  const certain = (known: Known | undefined) => known?.method === 'bound' && known.probability === 1;
  const low = lastWhere((x) => {
    const known = decided(Math.exp(x));
    return known !== undefined && !certain(known);
  });
  const width = (lastWhere((x) => !certain(decided(Math.exp(x)))) - low) / (KNOTS - 1);
  const values = Float64Array.from({ length: KNOTS }, (_, i) => at(Math.exp(low + i * width)).probability);
  // More encounters never harm: where it falls, that is chance.
  for (let i = 1; i < KNOTS; i++) values[i] = Math.max(values[i]!, values[i - 1]!);
  return (encounter) => {
    const place = Math.min(Math.max((Math.log(encounter) - low) / width, 0), KNOTS - 1);
    const left = Math.min(Math.floor(place), KNOTS - 2);
    return values[left]! + (values[left + 1]! - values[left]!) * (place - left);
  };
}

/** The last logarithm of a probability at which a condition holds that holds for the rarest and then ends. */
function lastWhere(holds: (logEncounter: number) => boolean): number {
  let [low, high] = [-700, 0];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}
