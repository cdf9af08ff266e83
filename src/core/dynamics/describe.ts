import { count, decimal } from '../format';
import type { GroupFigures, LogarithmicFit, Retention } from './analysis';
import type { Interval } from './bootstrap/bootstrap';
import { falls } from './fits/falls';
import type { GroupKernel } from './kernel/kernel';

/** A line that reaches zero further out than this many times the data says nothing of where. */
const FAR = 100;

/**
 * The horizon in words, with its interval where it has one: it exists only where R falls, and beyond the data it is an
 * extrapolation.
 * @param beyond what stands after an extrapolated one
 */
export function describeHorizon(
  { fit, why, lags, interval }: Retention,
  beyond: string = EXTRAPOLATED,
  bounds = interval?.horizon ?? null,
): string {
  if (fit === null) return why ?? 'no fit';
  return describeReach(fit, fit.horizon, lags.at(-1) ?? 0, { a: interval?.a ?? null, bounds }, beyond);
}

/** {@link describeHorizon} without its interval. */
export function describeHorizonAlone(retention: Retention, beyond?: string): string {
  return describeHorizon(retention, beyond, null);
}

const EXTRAPOLATED = ', extrapolated';

interface Bounds {
  /** Decides whether anything falls. */
  readonly a: Interval | null;
  readonly bounds: Interval | null;
}

/**
 * Where a line reaches 0, in words.
 * @param reached steps; null where it never does, or beyond all numbers; @param longest lag of the data
 */
function describeReach(
  { a, standardError, extrapolated }: Pick<LogarithmicFit, 'a' | 'standardError' | 'extrapolated'>,
  reached: number | null,
  longest: number,
  interval: Bounds,
  beyond: string,
): string {
  if (!falls(a, standardError, interval.a)) return 'none: no measurable fall';
  const far = FAR * longest;
  if (reached === null || reached > far) return `beyond ${FAR} × the data`;
  // A bound that is none, or lies too far out to be said.
  const bound = (value: number | null) => (value === null || value > far ? '∞' : rough(value));
  const between = interval.bounds && ` [${bound(interval.bounds.low)}, ${bound(interval.bounds.high)}]`;
  return rough(reached) + (between ?? '') + (extrapolated ? beyond : '');
}

/** An interval behind its figure: ` [0.28, 0.41]`; nothing where there is none. */
export function describeInterval(interval: Interval | null | undefined, places = 2): string {
  return interval == null ? '' : ` [${decimal(interval.low, places)}, ${decimal(interval.high, places)}]`;
}

/** Which of the two curves comes closer; a dash where there are not both. */
export function describeBetter({ better }: Retention): string {
  return better ?? '–';
}

/** The horizon in tokens, where there is one that says something. */
export function describeHorizonTokens({ fit, lags }: Retention, show = count): string {
  return fit?.horizon == null || isFar(fit.horizon, lags) ? '–' : rough(fit.horizonTokens, show);
}

/**
 * The learnability threshold in words, with its interval where it has one.
 * @param beyond what stands after an extrapolated one
 */
export function describeThreshold({ fit, why }: GroupKernel, beyond: string = EXTRAPOLATED): string {
  if (fit === null) return why ?? 'no kernel';
  const { threshold, interval, longestLag } = fit;
  const bounds = { a: interval?.a ?? null, bounds: interval?.threshold ?? null };
  return describeReach(fit, threshold, longestLag, bounds, beyond);
}

/** The learnability threshold in tokens, where there is one that says something. */
export function describeThresholdTokens({ fit }: GroupKernel, show = count): string {
  return fit?.threshold == null || fit.threshold > FAR * fit.longestLag
    ? '–'
    : rough(fit.thresholdTokens, show);
}

/** Three figures are more than a fitted line knows. */
function rough(value: number | null, show = count): string {
  return show(value === null ? null : Number(value.toPrecision(3)));
}

function isFar(horizon: number, lags: readonly number[]): boolean {
  return horizon > FAR * (lags.at(-1) ?? 0);
}

/** How many of the probes stand behind mean R: `10 of 12`. */
export function describeUsed({ n, leftOut, incomplete }: Retention): string {
  return `${n} of ${n + leftOut + incomplete}`;
}

/** How many of the probes stand behind the effectivity, where not all of them do: `11 of 12`. */
export function describeMeasured({ probes, effectivity }: GroupFigures): string {
  const measured = Math.max(0, ...effectivity.map(({ n }) => n));
  return measured === probes ? String(probes) : `${measured} of ${probes}`;
}

/**
 * Mean R at a lag of the curve.
 * @returns the value, and whether the lag lies before those of the fit, where R is drawn to the peak and not measured;
 * undefined where the curve has no such lag
 */
export function retainedAt(
  { lags, meanR, fit }: Retention,
  lag: number,
): { readonly value: number; readonly measured: boolean } | undefined {
  const index = lags.indexOf(lag);
  const value = meanR[index];
  if (value === undefined) return undefined;
  return { value, measured: fit === null || index >= lags.length - fit.points };
}
