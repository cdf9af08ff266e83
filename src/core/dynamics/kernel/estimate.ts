import { fitKernel, isDetermined, type KernelOptimum } from './fit';
import {
  kernelSums,
  meanTrajectories,
  type KernelProbe,
  type KernelSums,
  type MeanTrajectory,
} from './trajectories';

/** A fitted kernel with all it was fitted to. */
export interface Estimate {
  readonly sums: KernelSums;
  readonly trajectories: readonly MeanTrajectory[];
  /** Undefined where the data do not support one; `why` says so in words. */
  readonly optimum: KernelOptimum | undefined;
  readonly why: string | null;
}

/**
 * The kernel of some probes: the one whose sum over encounters, Σ A_i·K(t − t_LAM(i)), comes closest to their mean
 * trajectory after every peak and up to the next encounter (DESIGN section 2). Of facts met once it is the fit of R with
 * the clip. Probes of different schedules have a mean trajectory for each, and one kernel for all.
 *
 * It is the mean trajectory whose peaks are looked for, not each probe's: the highest of a noisy window is too high, and
 * less so of a mean. What is left of that, as medians of 60 made-up runs each (a 0.25, b 1, threshold 10,000; rises of
 * 0.5 nats, independent noise of 0.2 nats a probe and step):
 *
 * | probes             | a    | b    | threshold |
 * | ------------------ | ---- | ---- | --------- |
 * | 5, ten encounters  | 0.22 | 0.92 | 13,700    |
 * | 20                 | 0.24 | 0.96 | 11,400    |
 * | 100                | 0.24 | 0.98 | 11,400    |
 * | 5, met once        | 0.19 | 0.80 | 21,000    |
 * | 20                 | 0.21 | 0.91 | 17,900    |
 * | 100                | 0.23 | 0.96 | 13,200    |
 *
 * With ten times that noise on 20 probes nothing is left of the kernel (a 0.09, b 0.5): the intervals say so.
 * @param window t_w in steps
 */
export function estimateKernel(probes: readonly KernelProbe[], window: number): Estimate {
  const sums = kernelSums(probes, window);
  const trajectories = meanTrajectories(sums);
  const why = unsupported(probes, sums, trajectories);
  if (why !== null) return { sums, trajectories, optimum: undefined, why };
  const optimum = fitKernel(trajectories);
  return isDetermined(optimum)
    ? { sums, trajectories, optimum, why: null }
    : { sums, trajectories, optimum: undefined, why: CLIPPED };
}

const CLIPPED = 'Undecided: the rises are lost, or all kept, at nearly every checkpoint after a peak.';

/** Least ratio of the longest to the shortest lag: what a kernel states is the share lost per tenfold. */
const TENFOLD = 10;

/** Why the data do not support a kernel, one sentence; null where they do. */
function unsupported(
  probes: readonly KernelProbe[],
  sums: KernelSums,
  data: readonly MeanTrajectory[],
): string | null {
  if (probes.length === 0) return 'Nothing was acquired: no probe rose by more than noise does.';
  if (sums.probes === 0)
    return 'Scores are missing: none of the probes has one at every step that half of them have, and only a mean over the same probes at every step tells what is lost.';
  const points = data.flatMap(({ schedule: { steps }, shape: { layout } }) =>
    layout.points.map(({ at, peaks }) => ({
      first: steps[at]! - steps[layout.peaks[0]!]!,
      last: steps[at]! - steps[layout.peaks[peaks - 1]!]!,
    })),
  );
  if (points.length < 3)
    return `Too few points: ${points.length === 1 ? 'one checkpoint follows' : `${points.length} checkpoints follow`} a peak, a kernel needs 3.`;
  const longest = Math.max(...points.map(({ first }) => first));
  const shortest = Math.min(...points.map(({ last }) => last));
  if (longest < TENFOLD * shortest)
    return `Too short: checkpoints stand ${shortest} to ${longest} steps after a peak, a kernel needs a tenfold of steps.`;
  if (data.every(({ peakLevels }) => peakLevels.at(-1)! <= 0))
    return 'Nothing was acquired: the mean trajectory is not above its start at the last peak.';
  if (data.every(({ levels }) => levels.every((level) => level <= 0)))
    return `All was lost before the first checkpoint after a peak, ${shortest} steps.`;
  return null;
}
