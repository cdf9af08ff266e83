// @ts-check
import { SHAPE } from './model.mjs';

/**
 * Mean of the target tokens' log probabilities, in nats, from the logits of all positions.
 * @param {Float32Array} logits positions × vocabulary
 * @param {number} first position of the text's first token
 * @param {import('./texts.mjs').Text} text
 */
export function meanLogprob(logits, first, { ids, firstTarget }) {
  let sum = 0;
  for (let place = firstTarget; place < ids.length; place++) {
    const start = (first + place - 1) * SHAPE.vocabulary;
    const own = logits.subarray(start, start + SHAPE.vocabulary);
    let greatest = -Infinity;
    for (let i = 0; i < own.length; i++) greatest = Math.max(greatest, own[i] ?? NaN);
    let exponentials = 0;
    for (let i = 0; i < own.length; i++) exponentials += Math.exp((own[i] ?? NaN) - greatest);
    sum += (own[ids[place] ?? -1] ?? NaN) - greatest - Math.log(exponentials);
  }
  return sum / (ids.length - firstTarget);
}
