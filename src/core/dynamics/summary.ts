/** What lenses and end-of-line results show of a probe file. Nats per token, steps in updates completed. */

/** The newest score of one probe in one run, for the end of its line. */
export interface ProbeSummary {
  readonly fact: string;
  readonly probe: string;
  readonly run: string;
  readonly step: number;
  /** Nats per token. */
  readonly logprob: number;
  /** Change since the first encounter's baseline in this run, nats; null where there is none. */
  readonly change: number | null;
  /** Rank of the first target token. */
  readonly rank: number | null;
  /** Whether greedy decoding gives it; null where a log does not say. */
  readonly greedy: boolean | null;
  /** The probe's text has changed since it was scored. */
  readonly stale: boolean;
  /** Content key, by which its tokens are found; null in a log, which has none. */
  readonly key: string | null;
}

export interface FactSummary {
  readonly fact: string;
  /** Mean R at `lag` steps after the last local acquisition maximum, over the fact's probes and runs. */
  readonly retained: number | null;
  readonly lag: number | null;
}

export interface RunSummary {
  readonly run: string;
  /** Checkpoints found on disk (or steps in the log). */
  readonly checkpoints: number;
  /** Checkpoints at which any probe has a current score. */
  readonly scored: number;
  /** Probes without a current score at one or more of these. */
  readonly missing: number;
}

export interface FileSummary {
  readonly runs: readonly RunSummary[];
  /** Probes that are `missing` in any of the runs. */
  readonly missing: number;
  readonly facts: readonly FactSummary[];
  readonly probes: readonly ProbeSummary[];
  /** Absolute paths of the folders of the logs that runs name: what changes there changes this. */
  readonly logs: readonly string[];
}
