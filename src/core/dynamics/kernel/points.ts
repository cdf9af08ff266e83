import { lastAtMost } from '../metrics/interpolate';
import { lagGrid } from '../metrics/retention';

/** Where a schedule's rises peak, and the checkpoints that its kernel is fitted to, as places in the steps. */
export interface Layout {
  /** Of each encounter that has a checkpoint in its window, ascending. */
  readonly peaks: readonly number[];
  readonly points: readonly LayoutPoint[];
}

export interface LayoutPoint {
  readonly at: number;
  /** How many of the 20 points a decade after the latest peak this checkpoint stands for. */
  readonly weight: number;
  /** Peaks before it. */
  readonly peaks: number;
}

/** Among which checkpoints the peaks are looked for, as places in the steps. */
export interface PeakSearch {
  /** Of each encounter that has any: the checkpoints in t_i < t ≤ min(t_i + t_w, t_{i+1}). */
  readonly windows: readonly (readonly number[])[];
  /** Of each delay that all of these have a checkpoint at: its place after each encounter; undefined where few are. */
  readonly shared: readonly (readonly number[])[] | undefined;
}

/** @param steps of the checkpoints; @param encounters ascending; @param window t_w in steps */
export function peakSearch(
  steps: readonly number[],
  encounters: readonly number[],
  window: number,
): PeakSearch {
  const delays = encounters.flatMap((encounter, i) => {
    const first = lastAtMost(steps, encounter) + 1;
    const last = lastAtMost(steps, Math.min(encounter + window, encounters[i + 1] ?? Infinity));
    const places = Array.from({ length: Math.max(0, last - first + 1) }, (_, k) => first + k);
    return places.length === 0 ? [] : [new Map(places.map((at) => [steps[at]! - encounter, at]))];
  });
  const common = [...(delays[0]?.keys() ?? [])].filter((delay) => delays.every((own) => own.has(delay)));
  return {
    windows: delays.map((own) => [...own.values()]),
    shared:
      2 * delays.filter(({ size }) => common.length * 2 > size).length > delays.length
        ? common.map((delay) => delays.map((own) => own.get(delay)!))
        : undefined,
  };
}

/**
 * Where a mean trajectory peaks after each encounter that has a checkpoint in its window, as places in its steps.
 *
 * The highest of a noisy window is too high, the more so the fewer probes there are: every share that is left is then
 * measured against too much, and b comes out too low. Where most checkpoints of the windows stand at the same delays
 * after most encounters, one delay is therefore taken for all: the one at which the mean over encounters is highest.
 * That leaves the noise less to choose from. Where the checkpoints stand elsewhere after each encounter (or windows are
 * cut short), each has its own highest one, as DESIGN section 2 defines it.
 */
export function peaksOf({ windows, shared }: PeakSearch, values: ArrayLike<number>): readonly number[] {
  if (shared === undefined || shared.length === 0)
    return windows.map((places) => highest(places, (at) => values[at]!));
  return highest(shared, (places) => places.reduce((sum, at) => sum + values[at]!, 0));
}

/** The first of the highest. @param all at least one */
function highest<T>(all: readonly T[], value: (one: T) => number): T {
  const values = all.map(value);
  return all[values.indexOf(Math.max(...values))]!;
}

/**
 * The checkpoints after each peak and up to the next encounter. 20 points a decade after that peak, each taken at the
 * checkpoint nearest to it in log lag, so that no decade outweighs another and nothing is interpolated.
 * @param peaks as {@link peaksOf} gives them for these encounters
 */
export function layoutOf(
  steps: readonly number[],
  encounters: readonly number[],
  peaks: readonly number[],
): Layout {
  const points = peaks.flatMap((peak, i) => {
    const next = encounters.find((encounter) => encounter >= steps[peak]!) ?? Infinity;
    const last = lastAtMost(steps, next);
    return thinned(steps, peak, last).map((point) => ({ ...point, peaks: i + 1 }));
  });
  return { peaks, points };
}

/** The checkpoints behind `peak` up to `last` that 20 points a decade call for. */
function thinned(steps: readonly number[], peak: number, last: number): { at: number; weight: number }[] {
  const origin = steps[peak]!;
  const weights = new Map<number, number>();
  let at = peak + 1;
  if (at > last) return [];
  for (const lag of lagGrid(steps[last]! - origin)) {
    if (lag * NEAR < steps[peak + 1]! - origin) continue;
    while (at < last && nearer(steps[at + 1]! - origin, steps[at]! - origin, lag)) at++;
    weights.set(at, (weights.get(at) ?? 0) + 1);
  }
  return [...weights].map(([place, weight]) => ({ at: place, weight }));
}

/** Half the distance of two points of the grid: a lag that much before the first checkpoint still means it. */
const NEAR = 10 ** (1 / 40);

/** Whether `next` is nearer to the lag than `own`, in log lag. */
function nearer(next: number, own: number, lag: number): boolean {
  return next * own < lag * lag;
}
