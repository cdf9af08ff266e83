import type { Kernel } from './kernel';
import type { Layout } from './points';

/**
 * One mean trajectory as the kernel's model sees it. Logarithms are taken once: a bootstrap evaluates the model many
 * thousand times.
 */
export interface ModelData {
  /** Mean ℓ − ℓ_1 at each peak and at each point, nats. */
  readonly peakLevels: Float64Array;
  readonly levels: Float64Array;
  readonly shape: ModelShape;
  /** Probes (drawn) that stand behind the trajectory. */
  readonly probes: number;
}

/** What depends on the steps alone. */
export interface ModelShape {
  readonly layout: Layout;
  /** log10 of peak i's lag after peak j at i · peaks + j, for j < i. */
  readonly peakLags: Float64Array;
  /** log10 of point k's lag after peak j at k · peaks + j, for the peaks before it. */
  readonly lags: Float64Array;
}

export function modelShape(steps: readonly number[], layout: Layout): ModelShape {
  const { peaks, points } = layout;
  const n = peaks.length;
  const peakLags = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++) peakLags[i * n + j] = Math.log10(steps[peaks[i]!]! - steps[peaks[j]!]!);
  const lags = new Float64Array(points.length * n);
  points.forEach(({ at, peaks: before }, k) => {
    for (let j = 0; j < before; j++) lags[k * n + j] = Math.log10(steps[at]! - steps[peaks[j]!]!);
  });
  return { layout, peakLags, lags };
}

/** What each encounter adds, nats, and how that changes with a and b. */
export interface Additions {
  readonly value: Float64Array;
  readonly byA: Float64Array;
  readonly byB: Float64Array;
}

/**
 * Additions with which the model passes through each measured peak: A_i = ℓ(t_LAM,i) − ℓ_1 − Σ_{j<i} A_j·K(t_LAM,i −
 * t_LAM,j). The design's E_i is measured against the baseline before the encounter, from which earlier rises go on
 * falling until the peak: it is a little too small, and its noise adds up from encounter to encounter, while a wrong A_i
 * is made good at the next peak. On made-up runs (ten encounters 100 apart, a = 0.25, b = 1, peaks after 10 steps): with
 * E_i an exact run's threshold came out 8 % too late (a 0.250, b 1.009), with A_i exact; with noise of 0.2 nats on 5 to 50
 * probes the spread of a was 1.5 to 4 times as great with E_i, that of b as well. Additions fitted freely, each peak a point
 * like the others, have less bias with few probes (5: b 0.97 instead of 0.93), but are no longer what was measured: where
 * the kernel's shape does not hold right after a peak, they drift away from it.
 */
export function additionsOf({ peakLevels, shape }: ModelData, { a, b }: Kernel): Additions {
  const n = peakLevels.length;
  const value = new Float64Array(n);
  const byA = new Float64Array(n);
  const byB = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let left = 0;
    let leftByA = 0;
    let leftByB = 0;
    for (let j = 0; j < i; j++) {
      const x = shape.peakLags[i * n + j]!;
      const k = b - a * x;
      if (k <= 0) continue;
      if (k >= 1) {
        left += value[j]!;
        leftByA += byA[j]!;
        leftByB += byB[j]!;
      } else {
        left += value[j]! * k;
        leftByA += byA[j]! * k - value[j]! * x;
        leftByB += byB[j]! * k + value[j]!;
      }
    }
    value[i] = peakLevels[i]! - left;
    byA[i] = -leftByA;
    byB[i] = -leftByB;
  }
  return { value, byA, byB };
}

/** The sums of squares that an optimiser wants: of the residuals, and of their changes with a and b. */
export interface Squares {
  ssr: number;
  aa: number;
  ab: number;
  bb: number;
  ra: number;
  rb: number;
}

/** Over all points of the trajectories, each weighted by what it stands for and by its trajectory's probes. */
export function squaresOf(all: readonly ModelData[], kernel: Kernel): Squares {
  const total: Squares = { ssr: 0, aa: 0, ab: 0, bb: 0, ra: 0, rb: 0 };
  for (const data of all) addSquares(total, data, kernel);
  return total;
}

function addSquares(total: Squares, data: ModelData, kernel: Kernel): void {
  const { a, b } = kernel;
  const { value, byA, byB } = additionsOf(data, kernel);
  const { layout, lags } = data.shape;
  const n = value.length;
  for (let k = 0; k < layout.points.length; k++) {
    const { weight, peaks } = layout.points[k]!;
    let level = 0;
    let levelByA = 0;
    let levelByB = 0;
    for (let j = 0; j < peaks; j++) {
      const x = lags[k * n + j]!;
      const left = b - a * x;
      if (left <= 0) continue;
      if (left >= 1) {
        level += value[j]!;
        levelByA += byA[j]!;
        levelByB += byB[j]!;
      } else {
        level += value[j]! * left;
        levelByA += byA[j]! * left - value[j]! * x;
        levelByB += byB[j]! * left + value[j]!;
      }
    }
    const w = weight * data.probes;
    const residual = level - data.levels[k]!;
    total.ssr += w * residual * residual;
    total.aa += w * levelByA * levelByA;
    total.ab += w * levelByA * levelByB;
    total.bb += w * levelByB * levelByB;
    total.ra += w * residual * levelByA;
    total.rb += w * residual * levelByB;
  }
}
