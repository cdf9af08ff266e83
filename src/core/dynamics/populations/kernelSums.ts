import { kernelAt, type Kernel } from '../kernel';

/** Sums of a kernel over lags. */
export interface KernelSums {
  /** Σ K(j): steps' worth of a whole rise. */
  readonly kept: number;
  /** Σ K(j)². */
  readonly squares: number;
}

/**
 * Σ K(j) and Σ K(j)² over the lags j = 0 … steps − 1, in closed form: K(j) is 1, then linear in ln j, then 0, so that
 * Σ ln j (ln Γ) and Σ ln² j are all that is needed.
 * @param kernel with a ≥ 0
 * @param steps whole, at least 0
 * @throws RangeError where a < 0: such a kernel does not forget
 */
export function kernelSums(kernel: Kernel, steps: number): KernelSums {
  if (steps <= 0) return { kept: 0, squares: 0 };
  const first = kernelAt(kernel, 0);
  const whole = Math.min(lagsAbove(kernel, 1), steps - 1);
  const last = Math.min(lagsAbove(kernel, 0), steps - 1);
  const slope = kernel.a / Math.LN10;
  const { count, logs, squaredLogs } = logarithmSums(whole + 1, last);
  return {
    kept: first + whole + kernel.b * count - slope * logs,
    squares:
      first ** 2 + whole + kernel.b ** 2 * count - 2 * kernel.b * slope * logs + slope ** 2 * squaredLogs,
  };
}

/**
 * The greatest whole lag of at least 1 at which K is not below `level` yet (1 or 0); 0 where there is none, Infinity
 * where K never falls below it.
 * @throws RangeError where a < 0
 */
export function lagsAbove({ a, b }: Kernel, level: 0 | 1): number {
  if (!(a >= 0)) throw new RangeError('A kernel that forgets has a ≥ 0.');
  if (a === 0) return b >= level ? Infinity : 0;
  return Math.floor(10 ** ((b - level) / a));
}

/** Below this the terms are added one by one, above it the Euler–Maclaurin formula is exact to rounding. */
const ASYMPTOTIC = 256;

/** How many, Σ ln j and Σ ln² j over j = from … to (from ≥ 1). */
function logarithmSums(from: number, to: number): { count: number; logs: number; squaredLogs: number } {
  let logs = 0;
  let squaredLogs = 0;
  for (let j = from; j <= Math.min(to, ASYMPTOTIC - 1); j++) {
    logs += Math.log(j);
    squaredLogs += Math.log(j) ** 2;
  }
  const start = Math.max(from, ASYMPTOTIC);
  if (to >= start) {
    const [low, high] = [eulerMaclaurin(start), eulerMaclaurin(to)];
    logs += high.logs - low.logs + Math.log(start);
    squaredLogs += high.squaredLogs - low.squaredLogs + Math.log(start) ** 2;
  }
  return { count: Math.max(to - from + 1, 0), logs, squaredLogs };
}

/** The formula at one end: ∫f + f/2 + f′/12 − f‴/720, for f = ln and f = ln². */
function eulerMaclaurin(x: number): { logs: number; squaredLogs: number } {
  const log = Math.log(x);
  return {
    logs: x * log - x + log / 2 + 1 / (12 * x) - 2 / (720 * x ** 3),
    squaredLogs:
      x * log ** 2 -
      2 * x * log +
      2 * x +
      log ** 2 / 2 +
      (2 * log) / (12 * x) -
      (4 * log - 6) / (720 * x ** 3),
  };
}
