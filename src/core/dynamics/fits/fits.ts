import type { ExponentialFit, LogarithmicFit, Retention } from '../analysis';
import { exponentialFit } from './exponential';
import { aicOf, LEAST_ERRORS, logarithmicFit } from './fit';

/** What a curve's fits stand on. */
export interface Support {
  /** Index of the first lag that is measured and not drawn to the peak. */
  readonly from: number;
  /** Checkpoints that the least of the probes has after its peak. */
  readonly checkpoints: number;
  /** Tokens from the peaks to a lag in steps, where the run says. */
  readonly tokens: (lag: number) => number | undefined;
}

/** A smaller AIC by this much is worth naming (Burnham and Anderson, Model Selection, page 70). */
const LEAST_DIFFERENCE = 2;

/** Both curves through the same points, and the better of them (DESIGN section 6, fits). */
export function fitsOf(
  lags: readonly number[],
  meanR: readonly number[],
  support: Support,
): Pick<Retention, 'fit' | 'exponential' | 'better'> {
  const [x, y] = [lags.slice(support.from), meanR.slice(support.from)];
  const line = logarithmicFit(x, y, support.checkpoints);
  const fit = { ...line, horizonTokens: tokensAt(line.horizon, support) };
  const exponential = exponentialOf(x, y, support);
  return { fit, exponential, better: exponential && betterOf(fit, exponential) };
}

function exponentialOf(x: readonly number[], y: readonly number[], support: Support): ExponentialFit | null {
  const found = exponentialFit(x, y);
  if (found === undefined) return null;
  const { amplitude, rate, standardError, rmse } = found;
  const halfLife = amplitude > 0 && rate > LEAST_ERRORS * standardError ? Math.LN2 / rate : null;
  return {
    ...found,
    aic: aicOf(rmse, Math.min(x.length, support.checkpoints)),
    halfLife,
    halfLifeTokens: tokensAt(halfLife, support),
  };
}

function tokensAt(lag: number | null, { tokens }: Support): number | null {
  return lag === null ? null : (tokens(lag) ?? null);
}

/** A curve that does not fall describes no forgetting, however close it comes. */
function betterOf(fit: LogarithmicFit, exponential: ExponentialFit): NonNullable<Retention['better']> {
  if (fit.aic < exponential.aic - LEAST_DIFFERENCE)
    return fit.a > LEAST_ERRORS * fit.standardError ? 'logarithmic' : 'neither';
  if (exponential.aic < fit.aic - LEAST_DIFFERENCE)
    return exponential.halfLife === null ? 'neither' : 'exponential';
  return 'neither';
}
