import { count } from '../format';
import type { GroupAnalysis, Retention } from './analysis';

/** A line that reaches zero further out than this many times the data says nothing of where. */
const FAR = 100;

/** The horizon in words: it exists only where R falls, and beyond the data it is an extrapolation. */
export function describeHorizon({ fit, why, lags }: Retention): string {
  if (fit === null) return why ?? 'no fit';
  if (fit.horizon === null) return 'none: no measurable fall';
  if (isFar(fit.horizon, lags)) return `beyond ${FAR} × the data`;
  return fit.extrapolated ? `${rough(fit.horizon)}, extrapolated` : rough(fit.horizon);
}

/** The horizon in tokens, where there is one that says something. */
export function describeHorizonTokens({ fit, lags }: Retention): string {
  return fit?.horizon == null || isFar(fit.horizon, lags) ? '–' : rough(fit.horizonTokens);
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
export function describeMeasured({ probes, effectivity }: GroupAnalysis): string {
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
