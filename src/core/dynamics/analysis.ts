import type { Condition, ProbeKind } from '../probes/model';

/**
 * What is known of one run: the answer of `analyze`, the data of every chart, and the JSON of the command line.
 * Log probabilities are in nats per token, steps in updates completed. Missing numbers are null, never invented.
 */
export interface RunAnalysis {
  readonly run: string;
  readonly group: string;
  readonly seed: number | null;
  /** t_w in steps. */
  readonly window: number;
  /** Steps of the checkpoints that have scores, ascending. */
  readonly steps: readonly number[];
  readonly coverage: Coverage;
  /** One per condition and kind that has probes, conditions and kinds in the order of the design's tables. */
  readonly groups: readonly GroupAnalysis[];
  /** Facts × probes without scores, runs without controls, and the like, each one sentence. */
  readonly notes: readonly string[];
}

export interface Coverage {
  /** Probes of the file that are not excluded. */
  readonly probes: number;
  /** Of these, how many have a current score at every step. */
  readonly complete: number;
  /** Probes × steps with no score but of an older text of the probe. They are left out. */
  readonly stale: number;
}

/** Of controls, everything is measured as if they had the run's encounters: these are the null's own numbers. */
export interface GroupAnalysis {
  readonly condition: Condition | null;
  readonly kind: ProbeKind;
  readonly facts: number;
  readonly probes: number;
  readonly trajectory: Trajectory;
  readonly effectivity: readonly EncounterEffectivity[];
  /** Means over encounters and probes, nats; null where nothing can be measured. */
  readonly meanEffectivity: number | null;
  readonly meanNull: number | null;
  readonly meanNet: number | null;
  /** Null for controls and where nothing says when the facts are encountered. */
  readonly retention: Retention | null;
  /**
   * The same after the mean control trajectory has been subtracted, from the controls that the threshold comes from too;
   * null without controls that have scores at all steps.
   */
  readonly netRetention: Retention | null;
  /** Mean S(last step) − S(t_1), nats; null without foils. */
  readonly specificity: number | null;
}

/** Mean change of log probability since the first encounter's baseline. */
export interface Trajectory {
  readonly steps: readonly number[];
  /** Mean over the probes scored at that step, nats. */
  readonly meanDelta: readonly (number | null)[];
  readonly n: readonly number[];
  /** Encounters that the group's facts share; where facts differ, all of them, ascending. */
  readonly encounters: readonly number[];
}

export interface EncounterEffectivity {
  /** 1-based number of the encounter. */
  readonly encounter: number;
  /** Where facts differ in their schedules, the earliest. */
  readonly step: number;
  /** Mean E over probes, nats. */
  readonly mean: number | null;
  /** The same on control facts with these pseudo-encounters. */
  readonly null: number | null;
  readonly net: number | null;
  /** ℓ at t_i + lag − ℓ_i, nats. */
  readonly fixedLag: number | null;
  readonly fixedLagNull: number | null;
  /** Probes measured. */
  readonly n: number;
  /** Checkpoints that stood in the window, mean over probes. */
  readonly checkpointsInWindow: number;
}

export interface Retention {
  /** Steps after t_LAM(q,N), ascending. */
  readonly lags: readonly number[];
  /** Mean of the probes' ratios, over one set of probes at every lag. */
  readonly meanR: readonly number[];
  /** Ratio of the means over the same probes. */
  readonly ratioOfMeans: readonly number[];
  /** Probes in the set; those left out because their denominator is too small, at most `threshold`. */
  readonly n: number;
  readonly leftOut: number;
  /**
   * Probes left out because a checkpoint they need has no score of theirs: none before the first encounter, none in the
   * window after the last, or the last one that most of the set have.
   */
  readonly incomplete: number;
  /** max(0.05, 95th percentile of the null), nats; where facts differ in their schedules, the largest. */
  readonly threshold: number;
  /** Null where the data do not support one; `why` says so in words. */
  readonly fit: LogarithmicFit | null;
  readonly why: string | null;
}

/** R = b − a·log10 t. */
export interface LogarithmicFit {
  /** Decay constant: share lost per tenfold of steps. */
  readonly a: number;
  readonly b: number;
  readonly r2: number;
  readonly rmse: number;
  /** Ordinary least squares' standard error of a; descriptive only, residuals are autocorrelated. */
  readonly standardError: number;
  /**
   * The last so many of the curve's lags: those from the one on by which half of the probes have had a checkpoint after
   * their peak. What lies before is drawn to the peak, not measured.
   */
  readonly points: number;
  /** Lag in steps at which the line reaches 0; null where a is not above 0 by two standard errors. */
  readonly horizon: number | null;
  /** The horizon lies beyond the lags of the fit. */
  readonly extrapolated: boolean;
  /** Horizon in tokens, where the run says how many tokens a step has. */
  readonly horizonTokens: number | null;
}
