import { count, decimal } from '../format';
import type { GroupFigures, Retention } from './analysis';
import type { Interval } from './bootstrap/bootstrap';
import type { GroupKernel } from './kernel/kernel';

/** A line that reaches zero further out than this many times the data says nothing of where. */
const FAR = 100;

/**
 * The horizon in words, with its interval where it has one: it exists only where R falls, and beyond the data it is an
 * extrapolation.
 * @param beyond what stands after an extrapolated one
 */
export function describeHorizon({ fit, why, lags, interval }: Retention, beyond = ', extrapolated'): string {
  if (fit === null) return why ?? 'no fit';
  if (fit.horizon === null) return 'none: no measurable fall';
  if (isFar(fit.horizon, lags)) return `beyond ${FAR} × the data`;
  // A bound that is none, or lies too far out to be said.
  const bound = (value: number | null) => (value === null || isFar(value, lags) ? '∞' : rough(value));
  const between = interval?.horizon && ` [${bound(interval.horizon.low)}, ${bound(interval.horizon.high)}]`;
  return rough(fit.horizon) + (between ?? '') + (fit.extrapolated ? beyond : '');
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
export function describeHorizonTokens({ fit, lags }: Retention): string {
  return fit?.horizon == null || isFar(fit.horizon, lags) ? '–' : rough(fit.horizonTokens);
}

/**
 * The learnability threshold in words, with its interval where it has one.
 * @param beyond what stands after an extrapolated one
 */
export function describeThreshold({ fit, why }: GroupKernel, beyond = ', extrapolated'): string {
  if (fit === null) return why ?? 'no kernel';
  const { threshold, interval, longestLag } = fit;
  if (threshold === null) return 'none: no measurable fall';
  const far = FAR * longestLag;
  if (threshold > far) return `beyond ${FAR} × the data`;
  const bound = (value: number | null) => (value === null || value > far ? '∞' : rough(value));
  const between =
    interval?.threshold && ` [${bound(interval.threshold.low)}, ${bound(interval.threshold.high)}]`;
  return rough(threshold) + (between ?? '') + (fit.extrapolated ? beyond : '');
}

/** The learnability threshold in tokens, where there is one that says something. */
export function describeThresholdTokens({ fit }: GroupKernel): string {
  return fit?.threshold == null || fit.threshold > FAR * fit.longestLag ? '–' : rough(fit.thresholdTokens);
}

/** Three figures are more than a fitted line knows. */
function rough(value: number | null): string {
  return count(value === null ? null : Number(value.toPrecision(3)));
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
