import { FailureError } from '../../failure';

/**
 * Zipf's law: the frequency of rank k is proportional to k^−exponent.
 * @param facts how many, at least 1
 * @param exponent 0: all alike
 * @returns by rank, sum 1
 */
export function zipf(facts: number, exponent: number): Float64Array {
  return normalized(new Float64Array(facts).map((_, i) => (i + 1) ** -exponent));
}

/**
 * Weights or counts as shares of their sum.
 * @param weights none negative
 * @throws FailureError `frequencies-sum` where they do not have a finite, positive sum
 */
export function normalized(weights: Float64Array): Float64Array {
  const sum = total(weights);
  if (!(sum > 0 && sum < Infinity))
    throw new FailureError({
      code: 'frequencies-sum',
      message: `The facts' frequencies add up to ${sum}.`,
      remedy: 'Choose exponents and frequencies that leave numbers which can be added.',
    });
  return weights.map((weight) => weight / sum);
}

/** Sum with Neumaier's compensation: of a million frequencies the last digits count. */
export function total(values: Float64Array): number {
  let sum = 0;
  let lost = 0;
  for (const value of values) {
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  return sum + lost;
}

/** Indices from the most frequent to the rarest; the first of two alike comes first. */
export function byFrequency(frequencies: Float64Array): Uint32Array {
  return Uint32Array.from(frequencies.keys()).sort((i, j) => frequencies[j]! - frequencies[i]! || i - j);
}
