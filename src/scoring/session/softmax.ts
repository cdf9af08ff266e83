import { BEST } from '../graph/questions';

/** One token's place among all that the model could have said. Log probabilities in nats. */
export interface Pick {
  readonly logprob: number;
  /** 1 + number of strictly greater logits. */
  readonly rank: number;
  /** The likeliest tokens, likeliest first; of equal ones the smaller id. */
  readonly best: readonly { readonly id: number; readonly logprob: number }[];
}

/* eslint-disable @typescript-eslint/prefer-for-of -- for-of over a typed array took three times as long */

/**
 * Natural logarithm of the sum of exponentials, in float64 with a max shift. A logit of −∞ is a word that the model rules
 * out, as masks over the vocabulary do.
 * @returns NaN where any logit is NaN or +∞, or all are −∞
 */
export function logSumExp(logits: Float32Array): number {
  let greatest = -Infinity;
  let sum = 0;
  for (let i = 0; i < logits.length; i++) {
    const logit = logits[i]!;
    if (logit > greatest) greatest = logit;
    sum += logit;
  }
  // float32 numbers cannot add up to an infinite float64: only NaN and ∞ among them make it so.
  if (Number.isNaN(sum) || !Number.isFinite(greatest)) return NaN;
  let exponentials = 0;
  for (let i = 0; i < logits.length; i++) exponentials += Math.exp(logits[i]! - greatest);
  return greatest + Math.log(exponentials);
}

/** Whether a distribution stands there in place of logits: nothing below zero, and 1 in all, up to float16's roundings. */
export function areProbabilities(logits: Float32Array): boolean {
  let sum = 0;
  for (let i = 0; i < logits.length; i++) {
    if (!(logits[i]! >= 0)) return false;
    sum += logits[i]!;
  }
  return Math.abs(sum - 1) < 0.01;
}

/** Log probability, rank and best alternatives of one token; `normalizer` is {@link logSumExp} of the logits. */
export function pick(logits: Float32Array, token: number, normalizer: number): Pick {
  const own = logits[token]!;
  const best: number[] = [];
  let greater = 0;
  for (let i = 0; i < logits.length; i++) {
    const logit = logits[i]!;
    if (logit > own) greater++;
    if (best.length === BEST && logit <= logits[best[BEST - 1]!]!) continue;
    let place = best.length;
    while (place > 0 && logits[best[place - 1]!]! < logit) place--;
    best.splice(place, 0, i);
    if (best.length > BEST) best.pop();
  }
  return {
    logprob: own - normalizer,
    rank: 1 + greater,
    best: best
      .map((id) => ({ id, logprob: logits[id]! - normalizer }))
      .filter(({ logprob }) => Number.isFinite(logprob)),
  };
}
