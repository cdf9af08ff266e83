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
 * Makes a filter for sets of values that follow each other, as the points of a curve: an order statistic is looked for
 * first where it was the last time, which changes nothing but the time it takes.
 * @param most values of a set
 * @returns takes at least one value, in the published order
 */
export function createFilteredMean(most: number): (values: Float64Array) => FilteredMean {
  const bounds = createBounds(most);
  return (values) => {
    const [low, high] = bounds(values);
    let sum = 0;
    let kept = 0;
    // By index: a few thousand short sets are over before anything else is compiled well.
    const { length } = values;
    for (let i = 0; i < length; i++) {
      const value = values[i]!;
      if (!(low <= value && value <= high)) continue;
      sum += value;
      kept++;
    }
    return { mean: sum / kept, kept };
  };
}

/** The values that the filter leaves, in their order. @param values at least one */
export function withoutOutliers(values: Float64Array): number[] {
  const [low, high] = createBounds(values.length)(values);
  return Array.from(values).filter((value) => low <= value && value <= high);
}

function createBounds(most: number): (values: Float64Array) => [low: number, high: number] {
  const scratch = new Float64Array(most);
  let [q1, q3, near] = [0, 0, Infinity];
  return (values) => {
    const { length } = values;
    for (let i = 0; i < length; i++) if (Number.isNaN(values[i])) return [NaN, NaN];
    q1 = percentile(values, 0.25, q1 - near, q1 + near, scratch);
    q3 = percentile(values, 0.75, q3 - near, q3 + near, scratch);
    const range = q3 - q1;
    near = range * NEAR;
    return [q1 - FENCE * range, q3 + FENCE * range];
  };
}

/** Of an interquartile range, to either side of the last quartile: an eighth of the values or so. */
const NEAR = 1 / 8;

/**
 * numpy's linear percentile to the last bit: it interpolates from the nearer of the two order statistics.
 * @param values without NaN
 * @param from what is looked for is probably not less than that
 * @param to nor greater than that
 * @param scratch of the same length or longer; overwritten
 */
function percentile(
  values: Float64Array,
  q: number,
  from: number,
  to: number,
  scratch: Float64Array,
): number {
  const place = (values.length - 1) * q;
  const before = Math.floor(place);
  const after = Math.min(before + 1, values.length - 1);
  let below = 0;
  let inside = 0;
  const { length } = values;
  for (let i = 0; i < length; i++) {
    const value = values[i]!;
    if (value < from) below++;
    else if (value <= to) scratch[inside++] = value;
  }
  if (before < below || after >= below + inside) {
    scratch.set(values);
    below = 0;
    inside = values.length;
  }
  select(scratch, before - below, inside);
  const a = scratch[before - below]!;
  let b = after === before ? a : Infinity;
  for (let i = after - below; i < inside; i++) if (scratch[i]! < b) b = scratch[i]!;
  const t = place - before;
  return t >= 0.5 ? b - (b - a) * (1 - t) : a + (b - a) * t;
}

/**
 * Hoare's selection: afterwards values[k] is the k-th least, with none greater before it and none less behind. A curve
 * takes two order statistics at each of its thousands of points; sorting would be most of the work.
 */
function select(values: Float64Array, k: number, length: number): void {
  let low = 0;
  let high = length - 1;
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
