import type { Condition, ProbeKind } from '../probes/model';
import type { BootstrapOptions, Interval } from './bootstrap/bootstrap';
import type { Grouping } from './grouping';
import type { GroupKernel } from './kernel/kernel';

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
  /** What the groups are. */
  readonly by: Grouping;
  /** Effectivities further than so many interquartile ranges outside the quartiles are left out; null: none is. */
  readonly fence: number | null;
  /** How the intervals were drawn; null: there are none. */
  readonly bootstrap: BootstrapOptions | null;
  /** One per group that has probes: conditions and kinds in the order of the design's tables, others in the file's. */
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

/**
 * The figures of some probes of a run. Of controls, everything is measured as if they had the run's encounters: these
 * are the null's own numbers, and no group mixes them with facts that are met.
 */
export interface GroupAnalysis extends GroupFigures {
  readonly trajectory: Trajectory;
  /** Null for controls and where nothing says when the facts are encountered. */
  readonly kernel: GroupKernel | null;
}

/** What a group of a run and a group of a recipe have in common. */
export interface GroupFigures {
  /** What the group is called among its like: `paraphrase · semantic`, a tag, a fact's id. */
  readonly label: string;
  /** Null where the file says none, or the group has several. */
  readonly condition: Condition | null;
  /** Null where the group has several. */
  readonly kind: ProbeKind | null;
  readonly facts: number;
  readonly probes: number;
  readonly effectivity: readonly EncounterEffectivity[];
  /** Effectivities (probes × encounters) that the fence leaves out. */
  readonly outliers: number;
  /** Means over encounters and probes, nats; null where nothing can be measured. */
  readonly meanEffectivity: number | null;
  /** The same on control facts, each probe against those of its own kind; null where a kind has none. */
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
  /** Null where none was asked for, or the group has too few facts. */
  readonly interval: GroupInterval | null;
  /** Why intervals that were asked for are missing, one sentence. */
  readonly whyNoInterval: string | null;
}

/** 95 % intervals by bootstrap over facts, nats; null where the figure is missing or its facts are too few. */
export interface GroupInterval {
  readonly meanEffectivity: Interval | null;
  readonly meanNull: Interval | null;
  readonly meanNet: Interval | null;
  readonly specificity: Interval | null;
}

/**
 * Runs of one recipe (the probe file's `group`) taken together: each figure is the mean of the runs' figures; numbers of
 * facts, probes and outliers are added up, and tokens are the mean of what the lag has in each run.
 */
export interface RecipeAnalysis {
  /** The runs' `group`. */
  readonly recipe: string;
  readonly runs: readonly string[];
  readonly by: Grouping;
  readonly bootstrap: BootstrapOptions | null;
  /**
   * Those that at least two of the runs have. Their intervals are drawn over runs and over facts: facts that several runs
   * share are drawn in all of them together.
   */
  readonly groups: readonly RecipeGroup[];
}

export interface RecipeGroup extends GroupFigures {
  /** Runs that have this group. */
  readonly runs: number;
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
  readonly interval: EncounterInterval | null;
}

/** As {@link GroupInterval}, for one encounter. */
export interface EncounterInterval {
  readonly mean: Interval | null;
  readonly null: Interval | null;
  readonly net: Interval | null;
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
  /** Fitted to the same points; null where there is no fit at all, or no exponential comes closest at a finite rate. */
  readonly exponential: ExponentialFit | null;
  /** The fit whose AIC is smaller by more than 2, if it falls; null without both fits. */
  readonly better: 'logarithmic' | 'exponential' | 'neither' | null;
  readonly interval: RetentionInterval | null;
}

/**
 * 95 % intervals by bootstrap over facts. The set of probes is held as it was found, and for R net of controls each
 * probe's peak, too.
 */
export interface RetentionInterval {
  /** At each lag. */
  readonly meanR: readonly (Interval | null)[];
  readonly a: Interval | null;
  /** Steps; a bound is null where the line does not fall: no horizon. */
  readonly horizon: Interval | null;
  readonly horizonTokens: Interval | null;
}

/** How closely a curve follows the points it was fitted to. */
export interface Closeness {
  /** 1 − SSR/SST. */
  readonly r2: number;
  /** √(SSR/points). */
  readonly rmse: number;
  /**
   * n·ln(SSR/points) + 2·3 (two parameters and the residuals' variance), n the smaller of the points and the checkpoints
   * that the least of the probes has after its peak: points between two checkpoints are no data of their own.
   */
  readonly aic: number;
}

/** R = A·exp(−λ·t). */
export interface ExponentialFit extends Closeness {
  readonly amplitude: number;
  /** λ, share lost per step while little is lost. */
  readonly rate: number;
  /** Of λ, from the Jacobian as SciPy's curve_fit gives it; descriptive only, residuals are autocorrelated. */
  readonly standardError: number;
  /**
   * ln 2 / λ, steps; null where A or λ is not above 0, or the interval of the other fit's a reaches 0, or, without one, λ
   * is not above 0 by two standard errors.
   */
  readonly halfLife: number | null;
  /** Half-life in tokens, where the run says how many tokens a step has. */
  readonly halfLifeTokens: number | null;
}

/** R = b − a·log10 t. */
export interface LogarithmicFit extends Closeness {
  /** Decay constant: share lost per tenfold of steps. */
  readonly a: number;
  readonly b: number;
  /** Ordinary least squares' standard error of a; descriptive only, residuals are autocorrelated. */
  readonly standardError: number;
  /**
   * The last so many of the curve's lags: those from the one on by which half of the probes have had a checkpoint after
   * their peak. What lies before is drawn to the peak, not measured.
   */
  readonly points: number;
  /**
   * Lag in steps at which the line reaches 0; null where the interval of a reaches 0, or, without one, a is not above 0 by
   * two standard errors.
   */
  readonly horizon: number | null;
  /** The horizon lies beyond the lags of the fit. */
  readonly extrapolated: boolean;
  /** Horizon in tokens, where the run says how many tokens a step has. */
  readonly horizonTokens: number | null;
}
