import type { Interval } from '../bootstrap/bootstrap';

/**
 * K(t) = clip(b − a·log10 max(t, 1), 0, 1): what one encounter's rise leaves after t steps (DESIGN section 2, kernel).
 * Not the fit of mean R: after ten encounters that line reaches zero ten to a thousand times later.
 */
export interface Kernel {
  /** Share lost per tenfold of steps. */
  readonly a: number;
  /** Share left one step after the peak; above 1 where the rise stays whole for a while. */
  readonly b: number;
}

/** K(t). @param t steps after the peak of the rise; at its own peak a rise counts whole, whatever b is */
export function kernelAt({ a, b }: Kernel, t: number): number {
  return Math.min(1, Math.max(0, b - a * Math.log10(Math.max(t, 1))));
}

/**
 * The learnability threshold: the interval between encounters, in steps, from which on nothing accumulates
 * (DESIGN section 2), 10^(b/a).
 * @returns infinite where the kernel never falls to 0
 */
export function thresholdOf({ a, b }: Kernel): number {
  if (b <= 0) return 1;
  return a > 0 ? 10 ** (b / a) : Infinity;
}

/** What one encounter's rise leaves, separated from the sum of all (DESIGN section 2, kernel). */
export interface GroupKernel {
  /** The mean control trajectory has been subtracted. */
  readonly net: boolean;
  /** Probes whose mean trajectory it is fitted to. */
  readonly probes: number;
  /** Mean ℓ_1 of these probes as measured, nothing subtracted, nats; null without probes. */
  readonly baseline: number | null;
  /** What each encounter adds at its peak, in their order, mean over probes, nats. */
  readonly additions: readonly number[];
  /** Steps from an encounter to its peak in the mean trajectory, mean over encounters; null without peaks. */
  readonly peakDelay: number | null;
  /** Null where the data do not support one; `why` says so in words. */
  readonly fit: KernelFit | null;
  readonly why: string | null;
  /** Null without a fit. */
  readonly curve: KernelCurve | null;
}

/**
 * The mean trajectory that a kernel was fitted to, and what its model makes of it. Of probes with different schedules
 * that of the schedule which most of them have.
 */
export interface KernelCurve {
  /** That have this schedule. */
  readonly probes: number;
  readonly encounters: readonly number[];
  /** Of the checkpoints, from ℓ_1 on. */
  readonly steps: readonly number[];
  /** Mean ℓ − ℓ_1, without the controls' where they have been subtracted, nats. */
  readonly measured: readonly number[];
  /** Σ A_i·K(t − t_LAM,i), nats; null from an encounter to its peak, where the model says nothing. */
  readonly model: readonly (number | null)[];
  /** t_LAM,N, step: from there on the model reaches 0 with the threshold. */
  readonly lastPeak: number;
}

/** K(t) = clip(b − a·log10 max(t, 1), 0, 1). */
export interface KernelFit extends Kernel {
  /** Least squares' standard error of a; descriptive only, residuals are autocorrelated. */
  readonly standardError: number;
  /**
   * Learnability threshold: the interval between encounters, in steps, from which on nothing accumulates; null where
   * the interval of a reaches 0, or, without one, a is not above 0 by two standard errors.
   */
  readonly threshold: number | null;
  /** The threshold in tokens after the last peak, where the run says how many tokens a step has. */
  readonly thresholdTokens: number | null;
  /** The threshold is longer than the longest lag of the data, or shorter than the shortest. */
  readonly extrapolated: boolean;
  /** Steps from the first peak to the last checkpoint. */
  readonly longestLag: number;
  /** 1 − SSR/SST of the mean trajectory at the fit's checkpoints. */
  readonly r2: number;
  /** Nats. */
  readonly rmse: number;
  /** Checkpoints of the fit. */
  readonly points: number;
  /**
   * Intervals by bootstrap over facts, meant for 95 %; null without resamples and for fewer than five facts or controls.
   * On made-up data that of the threshold held the true one in 75 % of cases with 6 facts, 80 to 85 % with 10, 85 % with
   * 20 and 93 % with 40; those of a in 75 to 85, 85 to 90, 88 and 90 %.
   */
  readonly interval: KernelInterval | null;
}

export interface KernelInterval {
  readonly a: Interval | null;
  readonly b: Interval | null;
  /** Steps; no upper bound where the kernel of a resample never falls to 0. */
  readonly threshold: Interval | null;
}

/** The kernel that loses a per tenfold of steps and reaches 0 at the threshold, in steps. */
export function kernelFrom(a: number, threshold: number): Kernel {
  return { a, b: a * Math.log10(threshold) };
}
