import type { Answer } from './session';

/** Nats. Roundings of float32 stay below; what is wrong hardly ever does. */
export const MOST_APART = 1e-4;
/** The same where a model computes in float16: log probabilities of a few nats come in steps of 0.004. */
export const COARSELY_APART = 0.02;

/** The most that answers to the same questions are apart, nats; infinite where only one of them is an answer. */
export function difference(some: readonly Answer[], others: readonly Answer[]): number {
  return some.reduce((most, one, i) => {
    const other = others[i];
    if (one === undefined || other === undefined) return one === other ? most : Infinity;
    const best = one.best.map(({ logprob }, j) => Math.abs(logprob - other.best[j]!.logprob));
    return Math.max(most, Math.abs(one.logprob - other.logprob), ...best);
  }, 0);
}
