import { lastAtMost } from '../metrics/interpolate';
import { kernelAt, type Kernel, type KernelCurve } from './kernel';
import { additionsOf } from './model';
import type { MeanTrajectory } from './trajectories';

/**
 * A kernel beside what it was fitted to, for a chart.
 * @param trajectories at least one
 */
export function kernelCurve(trajectories: readonly MeanTrajectory[], kernel: Kernel): KernelCurve {
  const one = trajectories.reduce((most, other) => (other.probes > most.probes ? other : most));
  const { schedule, values, shape, probes } = one;
  const { encounters, start } = schedule;
  const steps = schedule.steps.slice(start);
  const peaks = shape.layout.peaks.map((at) => schedule.steps[at]!);
  const added = additionsOf(one, kernel).value;
  const levelAt = (step: number) => {
    const last = lastAtMost(peaks, step);
    const next = encounters.find((encounter) => encounter >= peaks[last]!) ?? Infinity;
    if (last < 0 || step > next) return null;
    // At its own peak a rise counts whole, whatever b is.
    const share = (peak: number) => (peak === step ? 1 : kernelAt(kernel, step - peak));
    return peaks.slice(0, last + 1).reduce((sum, peak, i) => sum + added[i]! * share(peak), 0);
  };
  return {
    ...{ probes, encounters, steps },
    measured: Array.from(values.subarray(start)),
    model: steps.map(levelAt),
    lastPeak: peaks.at(-1)!,
  };
}
