import { FENCE } from './procedure';

/**
 * The mean of what the published outlier filter leaves: values within {@link FENCE} interquartile ranges of the
 * quartiles, borders included, added from left to right as Python's `sum` does.
 */
export interface FilteredMean {
  /** NaN where nothing is left: a NaN among the values makes both bounds NaN, and nothing lies between those. */
  readonly mean: number;
  readonly kept: number;
}

/**
 * @param values at least one, in the published order
 * @param scratch of the same length; overwritten
 */
export function filteredMean(values: Float64Array, scratch: Float64Array): FilteredMean {
  const [low, high] = bounds(values, scratch);
  let sum = 0;
  let kept = 0;
  for (const value of values) {
    if (!(low <= value && value <= high)) continue;
    sum += value;
    kept++;
  }
  return { mean: sum / kept, kept };
}

/** The values that the filter leaves, in their order. @param values at least one */
export function withoutOutliers(values: Float64Array): number[] {
  const [low, high] = bounds(values, new Float64Array(values.length));
  return Array.from(values).filter((value) => low <= value && value <= high);
}

function bounds(values: Float64Array, scratch: Float64Array): [low: number, high: number] {
  scratch.set(values);
  scratch.sort();
  // NaN sorts last.
  if (Number.isNaN(scratch.at(-1))) return [NaN, NaN];
  const q1 = percentile(scratch, 0.25);
  const q3 = percentile(scratch, 0.75);
  const range = q3 - q1;
  return [q1 - FENCE * range, q3 + FENCE * range];
}

/**
 * numpy's linear percentile to the last bit: it interpolates from the nearer of the two order statistics.
 * @param sorted ascending
 */
function percentile(sorted: Float64Array, q: number): number {
  const place = (sorted.length - 1) * q;
  const before = Math.floor(place);
  const a = sorted[before]!;
  const b = sorted[Math.min(before + 1, sorted.length - 1)]!;
  const t = place - before;
  return t >= 0.5 ? b - (b - a) * (1 - t) : a + (b - a) * t;
}
