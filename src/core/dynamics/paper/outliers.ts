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
  const around1 = new Float64Array(most);
  const around3 = new Float64Array(most);
  let [q1, q3, near] = [0, 0, Infinity];
  return (values) => {
    const { length } = values;
    const [from1, to1, from3, to3] = [q1 - near, q1 + near, q3 - near, q3 + near];
    let [below1, inside1, below3, inside3, unordered] = [0, 0, 0, 0, 0];
    // One pass for both, without a branch: which way a value goes cannot be foreseen.
    for (let i = 0; i < length; i++) {
      const value = values[i]!;
      const less1 = +(value < from1);
      const less3 = +(value < from3);
      below1 += less1;
      below3 += less3;
      around1[inside1] = value;
      around3[inside3] = value;
      inside1 += +(value <= to1) - less1;
      inside3 += +(value <= to3) - less3;
      unordered |= +(value !== value);
    }
    if (unordered !== 0) return [NaN, NaN];
    q1 = percentile(values, 0.25, around1, below1, inside1);
    q3 = percentile(values, 0.75, around3, below3, inside3);
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
 * @param around begins with those of the values among which what is looked for probably is; has room for all; overwritten
 * @param below how many values are less than these
 * @param inside how many these are
 */
function percentile(
  values: Float64Array,
  q: number,
  around: Float64Array,
  below: number,
  inside: number,
): number {
  const place = (values.length - 1) * q;
  const before = Math.floor(place);
  const after = Math.min(before + 1, values.length - 1);
  let [skipped, length] = [below, inside];
  if (before < below || after >= below + inside) {
    around.set(values);
    [skipped, length] = [0, values.length];
  }
  select(around, before - skipped, length);
  const a = around[before - skipped]!;
  let b = after === before ? a : Infinity;
  for (let i = after - skipped; i < length; i++) if (around[i]! < b) b = around[i]!;
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
