import { kernelAt, thresholdOf, type Kernel } from '../kernel/kernel';
import { lastAtMost } from '../metrics/interpolate';

/** Encounters to come, or that have been. */
export interface ForwardSchedule {
  /** Steps t_i, ascending. */
  readonly encounters: readonly number[];
  /** What each adds at its peak, nats; as many. */
  readonly rises: readonly number[];
  readonly kernel: Kernel;
  /** Steps from each encounter to its peak, above 0: one, or as many as there are encounters. */
  readonly peakDelay: number | readonly number[];
}

/**
 * The level above the start that a schedule leads to, nats, at each of the steps: each encounter adds its rise, each rise
 * falls by the kernel from its own peak, what remains is summed (DESIGN section 6, forward model). At its own peak a rise
 * counts whole. From an encounter to its peak the rise is drawn as a straight line: there the model says nothing.
 */
export function predictLevels(
  { encounters, rises, kernel, peakDelay }: ForwardSchedule,
  steps: readonly number[],
): number[] {
  const delayOf = (i: number) => (typeof peakDelay === 'number' ? peakDelay : peakDelay[i]!);
  // Of what came earlier than this, nothing is left.
  const longest = typeof peakDelay === 'number' ? peakDelay : Math.max(0, ...peakDelay);
  const reach = longest + thresholdOf(kernel);
  return steps.map((step) => {
    const last = lastAtMost(encounters, step);
    let level = 0;
    for (let i = Math.max(0, lastAtMost(encounters, step - reach)); i <= last; i++) {
      const since = step - encounters[i]!;
      const delay = delayOf(i);
      level += rises[i]! * (since <= delay ? since / delay : kernelAt(kernel, since - delay));
    }
    return level;
  });
}
