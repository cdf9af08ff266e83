import type { Run } from '../../probes/model';
import { tokensBetween } from '../../probes/schedule';
import type { BootstrapOptions } from '../bootstrap/bootstrap';
import { thresholdOf, type GroupKernel, type Kernel, type KernelFit, type KernelInterval } from './kernel';
import type { TokensBetween } from '../groupRetention';
import { kernelCurve } from './curve';
import { estimateKernel, type Estimate } from './estimate';
import { falls } from '../fits/falls';
import { kernelInterval } from './interval';
import { standardErrorOfA, type KernelOptimum } from './fit';
import { additionsOf } from './model';
import { isNet, meanBaseline, type KernelProbe, type MeanTrajectory } from './trajectories';
import { mean } from '../statistics';

/**
 * The kernel of a group of a run, with its intervals where they are asked for.
 * @param probes as `kernelProbes` gives them
 * @param bootstrap with the number of the run's control facts
 */
export function runKernel(
  probes: readonly KernelProbe[],
  run: Run,
  bootstrap: (BootstrapOptions & { readonly controls: number }) | null,
): GroupKernel {
  const estimate = estimateKernel(probes, run.window);
  const interval = bootstrap && kernelInterval(estimate, bootstrap.controls, bootstrap);
  return describeKernel(estimate, (from, to) => tokensBetween(run, from, to), interval);
}

/** An estimate as the analysis tells it. @param tokens that a run sees from one step to another, where it says */
export function describeKernel(
  estimate: Estimate,
  tokens: TokensBetween = () => undefined,
  interval: KernelInterval | null = null,
): GroupKernel {
  const { sums, trajectories, optimum, why } = estimate;
  return {
    net: isNet(sums),
    probes: sums.probes,
    baseline: meanBaseline(sums),
    additions: optimum === undefined ? [] : meanAdditions(trajectories, optimum),
    peakDelay: meanDelay(trajectories),
    fit: optimum === undefined ? null : describedFit(optimum, trajectories, tokens, interval),
    why,
    curve: optimum === undefined ? null : kernelCurve(trajectories, optimum),
  };
}

function describedFit(
  optimum: KernelOptimum,
  data: readonly MeanTrajectory[],
  tokens: TokensBetween,
  interval: KernelInterval | null,
): KernelFit {
  const { a, b, squares } = optimum;
  const { points, weight, sst, shortestLag, longestLag, lastPeak } = extentOf(data);
  const standardError = points > 2 ? standardErrorOfA(optimum, points) : Infinity;
  const reached = falls(a, standardError, interval?.a ?? null) ? thresholdOf(optimum) : Infinity;
  const threshold = Number.isFinite(reached) ? reached : null;
  return {
    a,
    b,
    standardError,
    threshold,
    thresholdTokens: threshold === null ? null : (tokens(lastPeak, lastPeak + threshold) ?? null),
    extrapolated: threshold !== null && (threshold > longestLag || threshold < shortestLag),
    longestLag,
    r2: 1 - squares.ssr / sst,
    rmse: Math.sqrt(squares.ssr / weight),
    points,
    interval,
  };
}

/** How far the data reach, and their weighted spread. */
function extentOf(data: readonly MeanTrajectory[]) {
  let [points, weight, sum, square] = [0, 0, 0, 0];
  let [shortestLag, longestLag, peaks, probes] = [Infinity, 0, 0, 0];
  for (const { schedule, shape, levels, probes: own } of data) {
    const { steps } = schedule;
    const places = shape.layout.peaks;
    shape.layout.points.forEach(({ at, weight: standsFor, peaks: before }, k) => {
      const w = standsFor * own;
      points++;
      weight += w;
      sum += w * levels[k]!;
      square += w * levels[k]! ** 2;
      shortestLag = Math.min(shortestLag, steps[at]! - steps[places[before - 1]!]!);
      longestLag = Math.max(longestLag, steps[at]! - steps[places[0]!]!);
    });
    peaks += own * steps[places.at(-1)!]!;
    probes += own;
  }
  return {
    points,
    weight,
    sst: square - sum ** 2 / weight,
    shortestLag,
    longestLag,
    lastPeak: peaks / probes,
  };
}

/** Mean over probes of what encounter i adds; encounters without a checkpoint in their window add to the next one. */
function meanAdditions(data: readonly MeanTrajectory[], kernel: Kernel): number[] {
  const totals: { sum: number; probes: number }[] = [];
  for (const one of data)
    additionsOf(one, kernel).value.forEach((value, i) => {
      const total = (totals[i] ??= { sum: 0, probes: 0 });
      total.sum += value * one.probes;
      total.probes += one.probes;
    });
  return totals.map(({ sum, probes }) => sum / probes);
}

function meanDelay(data: readonly MeanTrajectory[]): number | null {
  const delays = data.flatMap(({ schedule: { steps, encounters }, shape }) =>
    shape.layout.peaks.map((at) => steps[at]! - encounters.findLast((encounter) => encounter < steps[at]!)!),
  );
  return mean(delays) ?? null;
}
