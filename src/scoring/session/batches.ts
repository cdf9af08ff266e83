/** How much a batch may hold; one row alone may be more. */
export interface BatchLimits {
  /** Tokens, padding included. */
  readonly tokens: number;
  /** Positions at which something is asked. */
  readonly questions: number;
  readonly rows: number;
  /** Positions that padding may take. */
  readonly padding: number;
}

/** What a row adds to a batch. */
export interface Load {
  readonly tokens: number;
  readonly questions: number;
}

/**
 * Groups rows of like length, longest first, so that little is spent on padding and memory is short at once or never.
 * @returns indices into `loads`
 */
export function makeBatches(loads: readonly Load[], limits: BatchLimits): number[][] {
  const order = loads.map((_, i) => i).sort((a, b) => loads[b]!.tokens - loads[a]!.tokens || a - b);
  const batches: number[][] = [];
  let batch: number[] = [];
  let questions = 0;
  let padding = 0;
  for (const index of order) {
    const width = loads[batch[0] ?? index]!.tokens;
    questions += loads[index]!.questions;
    padding += width - loads[index]!.tokens;
    const full =
      padding > limits.padding ||
      (batch.length + 1) * width > limits.tokens ||
      questions > limits.questions ||
      batch.length + 1 > limits.rows;
    if (batch.length > 0 && full) {
      batches.push(batch);
      batch = [];
      questions = loads[index]!.questions;
      padding = 0;
    }
    batch.push(index);
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}
