import type { Series } from '../../results/series';

/** Index of the last step that is at most `step`; -1 where there is none. */
export function lastAtMost(steps: readonly number[], step: number): number {
  let low = 0;
  let high = steps.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle]! <= step) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/**
 * Value `lag` steps after `origin`, which need not be whole. Between two checkpoints linear in ln(1 + lag), as
 * forgetting is (DESIGN section 2); never beyond them.
 * @param within only checkpoints in [from, to] are used
 */
export function valueAfter(
  series: Series,
  origin: number,
  lag: number,
  within: { readonly from: number; readonly to: number },
): number | undefined {
  const step = origin + lag;
  const { steps, values } = series;
  const i = lastAtMost(steps, step);
  const left = steps[i];
  if (left === undefined || left < within.from || left > within.to) return undefined;
  if (left === step) return values[i];
  const right = steps[i + 1];
  if (right === undefined || right > within.to) return undefined;
  const start = Math.log1p(left - origin);
  const share = (Math.log1p(lag) - start) / (Math.log1p(right - origin) - start);
  return values[i]! + (values[i + 1]! - values[i]!) * share;
}
