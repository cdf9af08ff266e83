import { sharesLeft } from '../forward/accumulate';
import { sumOfLogs } from '../forward/logSum';
import { kernelAt, type Kernel } from '../kernel/kernel';

/** What is left of a rise, at most 1; at its own peak it counts whole, as in the forward model. */
export function leftAt(kernel: Kernel, lag: number): number {
  return lag === 0 ? 1 : kernelAt(kernel, lag);
}

/** Sums over lags of what is left of a rise. */
export interface KernelSums {
  /** Σ K(j): steps' worth of a whole rise. */
  readonly kept: number;
  /** Σ K(j)². */
  readonly squares: number;
}

/**
 * Σ K(j) and Σ K(j)² over the lags j = 0 … steps − 1, in closed form: K(j) is 1, then linear in log j, then 0, so that
 * Σ log j and Σ log² j are all that is needed.
 * @param kernel with a ≥ 0
 * @param steps whole, at least 0
 * @throws RangeError where a < 0: such a kernel does not forget
 */
export function kernelSums(kernel: Kernel, steps: number): KernelSums {
  if (steps <= 0) return { kept: 0, squares: 0 };
  const { a, b } = kernel;
  const last = Math.min(lastLag(kernel), steps - 1);
  const whole = Math.min(lagsAt(kernel, 1), last);
  const logs = sumOfLogs(whole + 1, last);
  const squaredLogs = sumOfSquaredLogs(whole + 1, last);
  return {
    kept: 1 + sharesLeft(kernel, 1, steps - 1),
    squares: 1 + whole + b ** 2 * (last - whole) - 2 * a * b * logs + a ** 2 * squaredLogs,
  };
}

/**
 * The greatest lag at which something is left of a rise, whole; Infinity where it is never forgotten.
 * @throws RangeError where a < 0
 */
export function lastLag(kernel: Kernel): number {
  return lagsAt(kernel, 0);
}

/** The greatest whole lag from 1 on at which b − a·log10 is not below a level; 0 where there is none. */
function lagsAt({ a, b }: Kernel, level: number): number {
  if (!(a >= 0)) throw new RangeError('A kernel that forgets has a ≥ 0.');
  if (a === 0) return b >= level ? Infinity : 0;
  return Math.floor(10 ** ((b - level) / a));
}

/** Below this the terms are added one by one, above it the Euler–Maclaurin formula is exact to rounding. */
const ASYMPTOTIC = 256;

/** Σ log10² j over j = from … to, from ≥ 1; 0 where `to` is before it. */
function sumOfSquaredLogs(from: number, to: number): number {
  let sum = 0;
  for (let j = from; j <= Math.min(to, ASYMPTOTIC - 1); j++) sum += Math.log(j) ** 2;
  const start = Math.max(from, ASYMPTOTIC);
  if (to >= start) sum += eulerMaclaurin(to) - eulerMaclaurin(start) + Math.log(start) ** 2;
  return sum / Math.LN10 ** 2;
}

/** The formula at one end, for f = ln²: ∫f + f/2 + f′/12 − f‴/720. */
function eulerMaclaurin(x: number): number {
  const log = Math.log(x);
  return x * (log ** 2 - 2 * log + 2) + log ** 2 / 2 + log / (6 * x) - (4 * log - 6) / (720 * x ** 3);
}
