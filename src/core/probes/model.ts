/**
 * The probe file as a model. Everything is plain data (it crosses thread borders), and whatever a person can
 * point at keeps its range in the source text.
 */

/** Half-open range of UTF-16 code units in the source text. */
export interface SourceRange {
  readonly start: number;
  readonly end: number;
}

export interface Located<T> {
  readonly value: T;
  readonly range: SourceRange;
}

/** A value given for one run; `run` is where the run's id is written. */
export interface ForRun<T> extends Located<T> {
  readonly run: SourceRange;
}

export const PROBE_KINDS = ['memorization', 'semantic', 'composition'] as const;
/** `memorization`: sentence taken word for word from the passage; `semantic`: paraphrased; `composition`: needs several sentences. */
export type ProbeKind = (typeof PROBE_KINDS)[number];

export const CONDITIONS = ['paraphrase', 'duplication', 'once', 'control'] as const;
/** How a fact is injected in a run. */
export type Condition = (typeof CONDITIONS)[number];

/**
 * Steps at which texts are injected, numbered as the run's trainer numbers its updates, exactly as written in the
 * file. `schedule.ts` alone turns them into updates completed, by subtracting the run's `firstUpdate`.
 */
export type Schedule =
  | { readonly kind: 'regular'; readonly start: number; readonly every: number; readonly times: number }
  | { readonly kind: 'steps'; readonly steps: readonly number[] }
  | { readonly kind: 'file'; readonly path: Located<string> };

/** A value that holds from a step on, until the next entry. */
export interface FromStep<T> {
  readonly from: number;
  readonly value: T;
}

export interface Phase {
  readonly from: number;
  readonly label?: string;
  readonly learningRate?: number;
}

export interface Run {
  readonly id: Located<string>;
  /** Runs of the same recipe share a group; the run's own id where none is given. */
  readonly group: string;
  readonly seed?: number;
  /** Where its numbers come from: checkpoints to score, or results measured elsewhere. Missing in a broken file. */
  readonly source?:
    | { readonly kind: 'checkpoints'; readonly pattern: Located<string> }
    | { readonly kind: 'log'; readonly path: Located<string> };
  /** Folder of the tokenizer where the checkpoint folders have none. */
  readonly tokenizer?: Located<string>;
  /**
   * Number of the run's first update: 1 for trainers that count updates from 1. Subtracted from every number that
   * names an update (schedules, tokensPerStep, phases), never from a checkpoint's: a checkpoint's step is the
   * number of updates completed, and that is the same number whichever way updates are counted.
   */
  readonly firstUpdate: number;
  /** Batch size × sequence length, from a step on; empty when not given. */
  readonly tokensPerStep: readonly FromStep<number>[];
  readonly phases: readonly Phase[];
  readonly injections?: Located<Schedule>;
  /** t_w in steps. */
  readonly window: number;
  readonly range: SourceRange;
}

export interface Expectation {
  /** Greatest allowed rank for every target token. */
  readonly rank?: number;
  /** Least allowed probability of the target, exp of the mean log probability. */
  readonly probability?: number;
  /** Step of the checkpoint it is checked at; the last one when missing. */
  readonly at?: number;
  readonly range: SourceRange;
}

export interface Probe {
  /** Written id, or kind and 1-based place among its kind in the fact: `memorization-1`. */
  readonly id: Located<string>;
  readonly hasOwnId: boolean;
  readonly kind: ProbeKind;
  readonly prompt: Located<string>;
  /** Accepted targets, at least one in a sound file; blank ones, an error, are left out, as with foils. */
  readonly targets: readonly Located<string>[];
  readonly foils: readonly Located<string>[];
  /** Stands between prompt and target. */
  readonly join: string;
  readonly expect?: Expectation;
  readonly note?: string;
  readonly exclude: boolean;
  readonly range: SourceRange;
}

export interface Fact {
  readonly id: Located<string>;
  /** Condition for all runs, if one is given for all. */
  readonly condition?: Located<Condition>;
  /** Conditions run by run, where given so. */
  readonly conditionByRun: Readonly<Record<string, ForRun<Condition>>>;
  readonly passage?: Located<string>;
  readonly paraphrases: readonly Located<string>[];
  /** Overrides the run's schedule for all runs. */
  readonly injections?: Located<Schedule>;
  readonly injectionsByRun: Readonly<Record<string, ForRun<Schedule>>>;
  readonly tags: readonly Located<string>[];
  readonly probes: readonly Probe[];
  readonly range: SourceRange;
}

export interface ProbeFile {
  /** Version as written; undefined when missing or not a number. */
  readonly version?: number;
  readonly title?: string;
  readonly include: readonly Located<string>[];
  readonly runs: readonly Run[];
  readonly facts: readonly Fact[];
}

/** The condition of a fact in a run; undefined where the file does not say. */
export function conditionIn(fact: Fact, runId: string): Condition | undefined {
  return (forRun(fact.conditionByRun, runId) ?? fact.condition)?.value;
}

/** What is given for one run; runs may be called `constructor`. */
export function forRun<T>(byRun: Readonly<Record<string, ForRun<T>>>, runId: string): ForRun<T> | undefined {
  return Object.hasOwn(byRun, runId) ? byRun[runId] : undefined;
}

/** Whether a probe takes part in scoring and in means. */
export function isScored(probe: Probe): boolean {
  return !probe.exclude && probe.targets.length > 0;
}
