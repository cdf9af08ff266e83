import type { Series } from '../../results/series';
import { baseline, localAcquisitionMaximum, type Point } from './acquisition';
import { lastAtMost, valueAfter } from './interpolate';

/** What one probe had gained when its last encounter's peak was reached, and the trajectory that follows. */
export interface Gain {
  readonly series: Series;
  /** ℓ_1. */
  readonly baseline: Point;
  /** ℓ at t_LAM(q,N). */
  readonly peak: Point;
  /** Denominator of R, nats. */
  readonly rise: number;
  /** Steps from the peak to the first checkpoint after it; infinite where there is none. */
  readonly firstLag: number;
  /** Steps from the peak to the last checkpoint. */
  readonly longestLag: number;
  /** Checkpoints after the peak. */
  readonly checkpointsAfter: number;
}

/**
 * From the first encounter's baseline to the last one's peak.
 * @returns undefined where either is missing
 */
export function gain(series: Series, encounters: readonly number[], window: number): Gain | undefined {
  const before = baseline(series, encounters, 0);
  const peak = localAcquisitionMaximum(series, encounters, encounters.length - 1, window);
  if (before === undefined || peak === undefined) return undefined;
  const { steps } = series;
  const next = lastAtMost(steps, peak.step) + 1;
  return {
    series,
    baseline: before,
    peak,
    rise: peak.value - before.value,
    firstLag: (steps[next] ?? Infinity) - peak.step,
    longestLag: steps.at(-1)! - peak.step,
    checkpointsAfter: steps.length - next,
  };
}

/**
 * R(q,t) = (ℓ at t_LAM(q,N) + t − ℓ_1) / (ℓ at t_LAM(q,N) − ℓ_1): 1 = all kept, 0 = all lost (DESIGN section 2; paper
 * equation 3). Between checkpoints linear in ln(1+t), never extrapolated.
 * @param lag t, in steps
 * @returns undefined beyond the last checkpoint, and where nothing was gained or lost (0/0)
 */
export function retainability(
  { series, baseline: before, peak, rise }: Gain,
  lag: number,
): number | undefined {
  if (rise === 0) return undefined;
  const value = valueAfter(series, peak.step, lag, { from: peak.step, to: Infinity });
  return value === undefined ? undefined : (value - before.value) / rise;
}

/** Points a decade, so that no decade of lags outweighs another (DESIGN section 2, decay constant). */
const POINTS_A_DECADE = 20;

/** Lags 1 … longest in steps, equally spaced in log10; not whole. */
export function lagGrid(longest: number): number[] {
  if (longest < 1) return [];
  // The logarithm of 1,000 is a hair below 3.
  const count = Math.floor(Math.log10(longest) * POINTS_A_DECADE + 1e-9);
  const lags = Array.from({ length: count + 1 }, (_, i) => 10 ** (i / POINTS_A_DECADE));
  return lags.map((lag) => Math.min(lag, longest));
}

/** R of probes at lags that all of them have. */
export interface Ratios {
  /** Steps after each probe's peak, ascending. */
  readonly lags: readonly number[];
  /** Probe by probe. */
  readonly rows: readonly Float64Array[];
}

/** @param gains at least one, all with a rise */
export function ratiosOf(gains: readonly Gain[]): Ratios {
  const lags = lagGrid(Math.min(...gains.map(({ longestLag }) => longestLag)));
  const rows = gains.map((each) => {
    const row = new Float64Array(lags.length);
    for (const [i, lag] of lags.entries()) row[i] = retainability(each, lag)!;
    return row;
  });
  return { lags, rows };
}

export interface MeanRetention {
  readonly lags: readonly number[];
  readonly meanR: readonly number[];
  readonly ratioOfMeans: readonly number[];
}

/**
 * Mean R over one set of probes, the same at every lag, and beside it the ratio of the means.
 * @param gains of the set, all with a rise; @param ratios of the same
 */
export function meanRetention(
  gains: readonly Gain[],
  { lags, rows }: Ratios = ratiosOf(gains),
): MeanRetention {
  const meanR = lags.map(() => 0);
  const ratioOfMeans = lags.map(() => 0);
  const totalRise = gains.reduce((sum, { rise }) => sum + rise, 0);
  for (const [at, row] of rows.entries()) {
    const { rise } = gains[at]!;
    for (const [i, r] of row.entries()) {
      meanR[i]! += r / rows.length;
      ratioOfMeans[i]! += (r * rise) / totalRise;
    }
  }
  return { lags, meanR, ratioOfMeans };
}
