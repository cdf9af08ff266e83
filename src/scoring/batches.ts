/**
 * Groups texts of like length, longest first, so that little is spent on padding and memory is short at once or never.
 * @param lengths tokens of each text
 * @param budget most tokens in a batch, padding included; a text longer than that gets a batch of its own
 * @returns indices into `lengths`
 */
export function makeBatches(lengths: readonly number[], budget: number): number[][] {
  const order = lengths.map((_, i) => i).sort((a, b) => lengths[b]! - lengths[a]! || a - b);
  const batches: number[][] = [];
  let batch: number[] = [];
  for (const index of order) {
    const width = lengths[batch[0] ?? index]!;
    if (batch.length > 0 && (batch.length + 1) * width > budget) {
      batches.push(batch);
      batch = [];
    }
    batch.push(index);
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}

const MOST_TOKENS = 1024;
const MOST_LOGITS = 16 * 1024 * 1024;

/** Tokens in a batch: few enough that the logits of all positions stay below 64 MB. */
export function tokenBudget(vocabulary: number): number {
  return Math.max(1, Math.min(MOST_TOKENS, Math.floor(MOST_LOGITS / vocabulary)));
}
