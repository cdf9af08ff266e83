import { kernelAt, thresholdOf, type Kernel } from '../kernel';
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

/** Σ_{j=1}^{m} K(j·interval). */
export function sharesLeft(kernel: Kernel, interval: number, m: number): number {
  const { a, b } = kernel;
  if (a === 0) return m === 0 ? 0 : m * kernelAt(kernel, interval);
  const last = Math.min(m, lastLeft(kernel, interval));
  // K is flat up to a lag of 1 step, and where it is clipped to 1.
  const whole = Math.min(last, Math.floor(Math.max(1, 10 ** ((b - 1) / a)) / interval));
  const flat = whole * kernelAt(kernel, 1);
  return flat + (last - whole) * (b - a * Math.log10(interval)) - a * sumOfLogs(whole + 1, last);
}

/** How many encounters ago something is left of a rise at all. */
export function lastLeft(kernel: Kernel, interval: number): number {
  return Math.floor(thresholdOf(kernel) / interval);
}

/**
 * Levels and what is wanted of them are compared with this relative tolerance, so that a level asked for as it was printed
 * or summed in another order is reached.
 */
const TOLERANCE = 1e-9;

export function reaches(level: number, wanted: number): boolean {
  return level >= wanted - TOLERANCE * Math.abs(wanted);
}
