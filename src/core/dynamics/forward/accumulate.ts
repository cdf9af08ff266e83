import { kernelAt, thresholdOf, type Kernel } from '../kernel/kernel';
import { sumOfLogs } from './logSum';

/** Encounters at equal intervals that all add the same. */
export interface Regular {
  readonly kernel: Kernel;
  /** What each encounter adds at its peak, nats. */
  readonly rise: number;
}

/**
 * The level above the start at the peak of the n-th encounter of a regular schedule, nats: rise · (1 + Σ_{j=1}^{n−1}
 * K(j·interval)). In closed form: the terms that are clipped to 1 are counted, those clipped to 0 left out, and the sum of
 * logarithms between is a ratio of factorials.
 * @param interval steps from peak to peak, above 0; @param n encounters, at least 1; Infinity for the steady state, which
 * is infinite where the kernel never falls to 0
 */
export function accumulatedLevel({ kernel, rise }: Regular, interval: number, n: number): number {
  return rise * (1 + sharesLeft(kernel, interval, n - 1));
}

/**
 * Σ_{j=1}^{m} K(j·interval).
 * @param kernel with a ≥ 0; @param m whole, or Infinity
 */
export function sharesLeft(kernel: Kernel, interval: number, m: number): number {
  const { a, b } = kernel;
  const last = Math.min(m, lastLeft(kernel, interval));
  if (last === 0) return 0;
  const flat = kernelAt(kernel, 1);
  // Nothing is ever lost, or not before numbers end.
  if (a === 0 || last === Infinity) return last * flat;
  // K does not fall before a lag of 1 step, nor where it is clipped to 1.
  const whole = Math.min(last, Math.floor(Math.max(1, 10 ** ((b - 1) / a)) / interval));
  return whole * flat + (last - whole) * (b - a * Math.log10(interval)) - a * sumOfLogs(whole + 1, last);
}

/** How many encounters ago something is left of a rise at all. */
function lastLeft(kernel: Kernel, interval: number): number {
  return kernel.b <= 0 ? 0 : Math.floor(thresholdOf(kernel) / interval);
}

/**
 * Levels and what is wanted of them are compared with this relative tolerance, so that a level asked for as it was printed
 * or summed in another order is reached.
 */
const TOLERANCE = 1e-9;

export function reaches(level: number, wanted: number): boolean {
  return level >= wanted - TOLERANCE * Math.abs(wanted);
}
