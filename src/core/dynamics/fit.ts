import type { LogarithmicFit } from './analysis';

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
export function leastSquares(x: readonly number[], y: readonly number[]): Line {
  const n = x.length;
  const meanX = x.reduce((sum, each) => sum + each, 0) / n;
  const meanY = y.reduce((sum, each) => sum + each, 0) / n;
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

/** A fit without its tokens, which a run has to tell. */
export type Decay = Omit<LogarithmicFit, 'horizonTokens'>;

/**
 * Standard errors by which the slope has to differ from 0 before the line is followed to where it reaches 0. Neighbouring
 * residuals are alike, so that the true error is larger: what fails this small demand shows no fall at all.
 */
const LEAST_ERRORS = 2;

/**
 * The logarithmic fit, the paper's power law: R against log10 t (DESIGN section 2, decay constant and horizon).
 * @param lags t in steps, ascending, at least three; @param ratios R at each
 */
export function logarithmicFit(lags: readonly number[], ratios: readonly number[]): Decay {
  const { slope, intercept, r2, rmse, standardError } = leastSquares(lags.map(Math.log10), ratios);
  const a = -slope;
  const falls = a > LEAST_ERRORS * standardError;
  const reached = falls ? 10 ** (intercept / a) : Infinity;
  const horizon = Number.isFinite(reached) ? reached : null;
  return {
    a,
    b: intercept,
    r2,
    rmse,
    aic: Number.NaN,
    standardError,
    points: lags.length,
    horizon,
    extrapolated: horizon !== null && (horizon > lags.at(-1)! || horizon < lags[0]!),
  };
}
