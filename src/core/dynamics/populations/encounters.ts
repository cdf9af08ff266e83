/**
 * Probability that a fact is in a step's batch, at least once: copies in one batch are one encounter (DESIGN section
 * 2). Sequences are drawn independently, so that their number in a batch is binomial.
 * @param sequenceShare share of all sequences that mention the fact
 * @param batch sequences a step
 */
export function encounterProbability(sequenceShare: number, batch: number): number {
  return -Math.expm1(batch * Math.log1p(-sequenceShare));
}

/** Steps from one encounter to the next on average (the interval is geometric); Infinity where there is none. */
export function meanInterval(encounter: number): number {
  return 1 / encounter;
}

/** Probability that the next encounter comes within so many steps. */
export function intervalWithin(encounter: number, steps: number): number {
  return -Math.expm1(steps * Math.log1p(-encounter));
}

/** The smallest whole number of steps within which the next encounter comes with this probability. */
export function intervalQuantile(encounter: number, probability: number): number {
  if (encounter >= 1) return 1;
  const steps = Math.log1p(-probability) / Math.log1p(-encounter);
  // The quotient of a whole number of steps may lie a rounding above it.
  return Math.max(1, Math.ceil(steps * (1 - 4 * Number.EPSILON)));
}
