import type { LogarithmicFit } from '../analysis';
import type { Interval } from '../bootstrap/bootstrap';
import { falls } from './falls';

/** A straight line through points, by ordinary least squares. */
export interface Line {
  readonly slope: number;
  readonly intercept: number;
  /** 1 − SSR/SST. NaN where all y are the same. */
  readonly r2: number;
  /** √(SSR/n). */
  readonly rmse: number;
  /** Standard error of the slope, √(SSR/(n−2))/√Σ(x−x̄)². */
  readonly standardError: number;
}

/** @param x at least two different values; @param y as many */
export function leastSquares(x: ArrayLike<number>, y: ArrayLike<number>): Line {
  const n = x.length;
  let meanX = 0;
  let meanY = 0;
  for (let i = 0; i < n; i++) {
    meanX += x[i]! / n;
    meanY += y[i]! / n;
  }
  let sxx = 0;
  let sxy = 0;
  let syy = 0;
  for (let i = 0; i < n; i++) {
    const dx = x[i]! - meanX;
    const dy = y[i]! - meanY;
    sxx += dx * dx;
    sxy += dx * dy;
    syy += dy * dy;
  }
  const slope = sxy / sxx;
  const intercept = meanY - slope * meanX;
  let ssr = 0;
  for (let i = 0; i < n; i++) ssr += (y[i]! - (slope * x[i]! + intercept)) ** 2;
  return {
    slope,
    intercept,
    r2: 1 - ssr / syy,
    rmse: Math.sqrt(ssr / n),
    standardError: Math.sqrt(ssr / (n - 2)) / Math.sqrt(sxx),
  };
}

/** Parameters of either curve with the residuals' variance (Burnham and Anderson, Model Selection, page 63). */
const PARAMETERS = 3;
/** Of numbers near 1: a curve through all points would have an AIC of −∞, which is no number in JSON. */
const ROUNDING = Number.EPSILON;

/**
 * Akaike's information criterion of a curve: n·ln(SSR/points) + 2k.
 * @param rmse √(SSR/points); @param n points that count, see {@link Closeness.aic}
 */
export function aicOf(rmse: number, n: number): number {
  return 2 * n * Math.log(Math.max(rmse, ROUNDING)) + 2 * PARAMETERS;
}

/** A fit without its tokens, which a run has to tell. */
export type Decay = Omit<LogarithmicFit, 'horizonTokens'>;

/** @returns the lag at which R = b − a·log10 t reaches 0; infinite where it does not fall */
export function horizonOf({ a, b }: Pick<Decay, 'a' | 'b'>): number {
  return a > 0 ? 10 ** (b / a) : Infinity;
}

/**
 * A fit with the horizon that its line has, if it {@link falls}.
 * @param lags of the fit, ascending; @param interval of a, by bootstrap; null without
 */
export function withHorizon<Fit extends Omit<Decay, 'horizon' | 'extrapolated'>>(
  fit: Fit,
  lags: readonly number[],
  interval: Interval | null,
): Fit & Pick<Decay, 'horizon' | 'extrapolated'> {
  const reached = falls(fit.a, fit.standardError, interval) ? horizonOf(fit) : Infinity;
  const horizon = Number.isFinite(reached) ? reached : null;
  const extrapolated = horizon !== null && (horizon > lags.at(-1)! || horizon < lags[0]!);
  return { ...fit, horizon, extrapolated };
}

/**
 * The logarithmic fit, the paper's power law: R against log10 t (DESIGN section 2, decay constant and horizon).
 * @param lags t in steps, ascending, at least three; @param ratios R at each
 * @param checkpoints after the peak
 */
export function logarithmicFit(
  lags: readonly number[],
  ratios: readonly number[],
  checkpoints: number = lags.length,
): Decay {
  const { slope, intercept, r2, rmse, standardError } = leastSquares(lags.map(Math.log10), ratios);
  const aic = aicOf(rmse, Math.min(lags.length, checkpoints));
  const line = { a: -slope, b: intercept, r2, rmse, aic, standardError, points: lags.length };
  return withHorizon(line, lags, null);
}
