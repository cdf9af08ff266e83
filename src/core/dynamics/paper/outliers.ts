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
  for (const value of values) if (Number.isNaN(value)) return [NaN, NaN];
  scratch.set(values);
  const q1 = percentile(scratch, 0.25);
  const q3 = percentile(scratch, 0.75);
  const range = q3 - q1;
  return [q1 - FENCE * range, q3 + FENCE * range];
}

/**
 * numpy's linear percentile to the last bit: it interpolates from the nearer of the two order statistics.
 * @param values without NaN; reordered
 */
function percentile(values: Float64Array, q: number): number {
  const place = (values.length - 1) * q;
  const before = Math.floor(place);
  select(values, before);
  const a = values[before]!;
  let b = values[before + 1] ?? a;
  for (let i = before + 2; i < values.length; i++) if (values[i]! < b) b = values[i]!;
  const t = place - before;
  return t >= 0.5 ? b - (b - a) * (1 - t) : a + (b - a) * t;
}

/**
 * Hoare's selection: afterwards values[k] is the k-th least, with none greater before it and none less behind. A curve
 * takes two order statistics at each of its thousands of points; sorting would be most of the work.
 */
function select(values: Float64Array, k: number): void {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const pivot = values[k]!;
    let i = low;
    let j = high;
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i > j) break;
      const moved = values[i]!;
      values[i++] = values[j]!;
      values[j--] = moved;
    }
    if (j < k) low = i;
    if (k < i) high = j;
  }
}
