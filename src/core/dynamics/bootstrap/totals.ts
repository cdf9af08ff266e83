/**
 * Sums and counts of values by unit (a fact) and column (an encounter, a lag): all that a mean over a sample of the units
 * needs, so that a bootstrap never looks at a probe twice.
 */
export interface Totals {
  readonly units: number;
  readonly columns: number;
  /** Unit by unit: unit u's column c stands at u · columns + c. */
  readonly sums: Float64Array;
  readonly counts: Float64Array;
}

/** How often each unit stands in a sample; undefined: each once. */
export type Weights = ArrayLike<number> | undefined;

export function createTotals(units: number, columns: number): Totals {
  const size = units * columns;
  return { units, columns, sums: new Float64Array(size), counts: new Float64Array(size) };
}

export function addTo(totals: Totals, unit: number, column: number, value: number): void {
  const at = unit * totals.columns + column;
  totals.sums[at]! += value;
  totals.counts[at]! += 1;
}

/** Sums and counts of each column over a sample of the units. */
export function columnTotals({ units, columns, sums, counts }: Totals, weights: Weights): Totals {
  const total = createTotals(1, columns);
  for (let unit = 0; unit < units; unit++) {
    const weight = weights === undefined ? 1 : weights[unit]!;
    if (weight === 0) continue;
    const row = unit * columns;
    for (let column = 0; column < columns; column++) {
      total.sums[column]! += weight * sums[row + column]!;
      total.counts[column]! += weight * counts[row + column]!;
    }
  }
  return total;
}

/** Mean of each column over a sample of the units; NaN where it has no value. */
export function columnMeans(totals: Totals, weights: Weights): Float64Array {
  const { sums, counts } = columnTotals(totals, weights);
  return sums.map((sum, column) => sum / counts[column]!);
}

/** Units that have any value. */
export function unitsIn({ columns, counts, units }: Totals): number {
  let found = 0;
  for (let unit = 0; unit < units; unit++) {
    if (counts.subarray(unit * columns, (unit + 1) * columns).some((n) => n > 0)) found++;
  }
  return found;
}
