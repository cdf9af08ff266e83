import { baseline } from './acquisition';
import type { Trajectory } from '../analysis';
import type { Member } from '../members';

/**
 * Mean change since the first encounter's baseline; since the first checkpoint where nothing is ever encountered.
 * @param steps of the run, which hold all steps of the members
 */
export function meanTrajectory(members: readonly Member[], steps: readonly number[]): Trajectory {
  const sums = new Float64Array(steps.length);
  const counts = new Float64Array(steps.length);
  for (const { target, reference } of members) {
    const start = reference.length > 0 ? baseline(target, reference, 0)?.value : target.values[0];
    if (start === undefined) continue;
    for (let i = 0, at = 0; i < target.steps.length && at < steps.length; at++) {
      if (steps[at] !== target.steps[i]) continue;
      sums[at]! += target.values[i++]! - start;
      counts[at]! += 1;
    }
  }
  return {
    steps,
    meanDelta: Array.from(sums, (sum, at) => (counts[at] === 0 ? null : sum / counts[at]!)),
    n: Array.from(counts),
    encounters: [...new Set(members.flatMap(({ encounters }) => encounters))].sort((a, b) => a - b),
  };
}
