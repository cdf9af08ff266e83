import { quantile } from '../statistics';

/** Values, and what was left out of them. */
export interface Fenced {
  /** As given, undefined where a value lies outside the fence. */
  readonly rows: readonly (readonly (number | undefined)[])[];
  readonly outliers: number;
}

/**
 * Leaves out what lies further than `factor` interquartile ranges below the first or above the third quartile of all
 * values together. Inclusive, NumPy's linear percentiles, as in the paper's code (DESIGN section 6).
 * @param factor null: nothing is left out
 */
export function fenced(rows: Fenced['rows'], factor: number | null): Fenced {
  const values = factor === null ? [] : rows.flat().filter((value) => value !== undefined);
  if (factor === null || values.length === 0) return { rows, outliers: 0 };
  const [first, third] = [quantile(values, 0.25)!, quantile(values, 0.75)!];
  const reach = factor * (third - first);
  const inside = (value: number) => value >= first - reach && value <= third + reach;
  return {
    rows: rows.map((row) => row.map((value) => (value !== undefined && inside(value) ? value : undefined))),
    outliers: values.filter((value) => !inside(value)).length,
  };
}
