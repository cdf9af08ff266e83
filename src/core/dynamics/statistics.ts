/** Arithmetic mean; undefined of nothing. */
export function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * Quantile by linear interpolation between order statistics, numpy's default (Hyndman and Fan's type 7).
 * @param q between 0 and 1
 * @returns undefined of nothing
 */
export function quantile(values: readonly number[], q: number): number | undefined {
  return quantileOfSorted(Float64Array.from(values).sort(), q);
}

/** {@link quantile} of values in ascending order. */
export function quantileOfSorted(sorted: Float64Array, q: number): number | undefined {
  if (sorted.length === 0) return undefined;
  const place = q * (sorted.length - 1);
  const below = sorted[Math.floor(place)]!;
  const above = sorted[Math.ceil(place)]!;
  // Infinite order statistics have no difference.
  if (below === above) return below;
  return below + (above - below) * (place - Math.floor(place));
}
