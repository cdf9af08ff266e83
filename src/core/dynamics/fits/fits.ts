import type { ExponentialFit, LogarithmicFit, Retention } from '../analysis';
import type { Interval } from '../bootstrap/bootstrap';
import { exponentialFit, type Exponential } from './exponential';
import { falls } from './falls';
import { aicOf, logarithmicFit, withHorizon } from './fit';

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
  const exponential = exponentialFit(x, y);
  return decided(
    logarithmicFit(x, y, support.checkpoints),
    exponential && { ...exponential, aic: aicOf(exponential.rmse, Math.min(x.length, support.checkpoints)) },
    { lags, support, interval: null },
  );
}

/** The fits of a curve anew, as the interval of a tells whether R falls: it is one question for both of them. */
export function decidedFits<Curve extends Pick<Retention, 'lags' | 'fit' | 'exponential' | 'better'>>(
  curve: Curve,
  support: Support,
  interval: Interval | null,
): Curve {
  const { lags, fit, exponential } = curve;
  if (fit === null) return curve;
  return { ...curve, ...decided(fit, exponential ?? undefined, { lags, support, interval }) };
}

interface Decision {
  readonly lags: readonly number[];
  readonly support: Support;
  readonly interval: Interval | null;
}

/** @param exponential with its AIC; undefined where there is none */
function decided(
  line: Omit<LogarithmicFit, 'horizon' | 'extrapolated' | 'horizonTokens'>,
  curve: (Exponential & Pick<ExponentialFit, 'aic'>) | undefined,
  { lags, support, interval }: Decision,
): Pick<Retention, 'fit' | 'exponential' | 'better'> {
  const followed = withHorizon(line, lags.slice(support.from), interval);
  const fit = { ...followed, horizonTokens: tokensAt(followed.horizon, support) };
  if (curve === undefined) return { fit, exponential: null, better: null };
  const { amplitude, rate, standardError } = curve;
  const halfLife = amplitude > 0 && falls(rate, standardError, interval) ? Math.LN2 / rate : null;
  const exponential = { ...curve, halfLife, halfLifeTokens: tokensAt(halfLife, support) };
  return { fit, exponential, better: betterOf(fit, exponential, interval) };
}

function tokensAt(lag: number | null, { tokens }: Support): number | null {
  return lag === null ? null : (tokens(lag) ?? null);
}

/** A curve that does not fall describes no forgetting, however close it comes. */
function betterOf(
  fit: LogarithmicFit,
  exponential: ExponentialFit,
  interval: Interval | null,
): NonNullable<Retention['better']> {
  if (fit.aic < exponential.aic - LEAST_DIFFERENCE)
    return falls(fit.a, fit.standardError, interval) ? 'logarithmic' : 'neither';
  if (exponential.aic < fit.aic - LEAST_DIFFERENCE)
    return exponential.halfLife === null ? 'neither' : 'exponential';
  return 'neither';
}
