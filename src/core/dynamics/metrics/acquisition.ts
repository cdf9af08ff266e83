import type { Series } from '../../results/series';
import { lastAtMost, valueAfter } from './interpolate';

/** A checkpoint and what was measured there. */
export interface Point {
  readonly step: number;
  /** Nats per token. */
  readonly value: number;
}

export interface Peak extends Point {
  /** Checkpoints that stood in the window. */
  readonly checkpoints: number;
}

/**
 * ℓ_i: at the latest checkpoint s with t_{i−1} < s ≤ t_i (DESIGN section 2, baseline).
 * @param encounters steps, ascending
 * @param i zero-based
 * @returns undefined where no checkpoint stands between the two encounters
 */
export function baseline(series: Series, encounters: readonly number[], i: number): Point | undefined {
  const encounter = encounters[i];
  if (encounter === undefined) return undefined;
  const at = lastAtMost(series.steps, encounter);
  const step = series.steps[at];
  if (step === undefined || step <= (encounters[i - 1] ?? -Infinity)) return undefined;
  return { step, value: series.values[at]! };
}

/**
 * t_LAM(q,i): first argmax over the checkpoints in t_i < t ≤ min(t_i + t_w, t_{i+1}) (DESIGN section 2, local
 * acquisition maximum).
 * @param window t_w in steps
 * @returns undefined where no checkpoint stands in the window
 */
export function localAcquisitionMaximum(
  series: Series,
  encounters: readonly number[],
  i: number,
  window: number,
): Peak | undefined {
  const encounter = encounters[i];
  if (encounter === undefined) return undefined;
  const { steps, values } = series;
  const first = lastAtMost(steps, encounter) + 1;
  const last = lastAtMost(steps, Math.min(encounter + window, encounters[i + 1] ?? Infinity));
  if (last < first) return undefined;
  let top = first;
  for (let at = first + 1; at <= last; at++) if (values[at]! > values[top]!) top = at;
  return { step: steps[top]!, value: values[top]!, checkpoints: last - first + 1 };
}

/** E(q,i): ℓ at t_LAM(q,i) − ℓ_i, nats (DESIGN section 2; paper equation 2). */
export function effectivity(
  series: Series,
  encounters: readonly number[],
  i: number,
  window: number,
): number | undefined {
  const before = baseline(series, encounters, i);
  const peak = localAcquisitionMaximum(series, encounters, i, window);
  return before === undefined || peak === undefined ? undefined : peak.value - before.value;
}

/**
 * ℓ at t_i + lag − ℓ_i, nats, the lag at most t_{i+1} − t_i (DESIGN section 2, fixed-lag effectivity). Unlike a maximum
 * it is not biased by noise. Between two checkpoints inside (t_i, t_{i+1}] it is interpolated, else missing.
 * @param lag in steps
 */
export function fixedLagEffectivity(
  series: Series,
  encounters: readonly number[],
  i: number,
  lag: number,
): number | undefined {
  const encounter = encounters[i];
  const before = baseline(series, encounters, i);
  if (encounter === undefined || before === undefined) return undefined;
  const next = encounters[i + 1] ?? Infinity;
  const after = series.steps[lastAtMost(series.steps, encounter) + 1] ?? Infinity;
  const value = valueAfter(series, encounter, Math.min(lag, next - encounter), { from: after, to: next });
  return value === undefined ? undefined : value - before.value;
}
