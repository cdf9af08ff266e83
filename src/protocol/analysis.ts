import type { RunAnalysis } from '../core/dynamics/analysis';

/** A probe file as the analysis worker is to see it. */
export interface ProbeSource {
  /** Absolute path of the probe file. */
  readonly path: string;
  /** The editor's text, which may be unsaved. */
  readonly text: string;
  /** Absolute path of the results folder. */
  readonly results: string;
}

/** Which part of a file is analysed; everything when nothing is said. */
export interface Selection {
  readonly run?: string;
  readonly fact?: string;
}

/** The newest score of one probe, for the end of its line and its hover. */
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
  readonly greedy: boolean;
  /** The probe's text has changed since it was scored. */
  readonly stale: boolean;
  readonly tokens: readonly {
    readonly token: string;
    readonly logprob: number;
    readonly rank: number;
    readonly best: readonly { readonly token: string; readonly logprob: number }[];
  }[];
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
  /** Checkpoints at which every probe has a current score. */
  readonly scored: number;
}

export interface FileSummary {
  readonly runs: readonly RunSummary[];
  readonly facts: readonly FactSummary[];
  readonly probes: readonly ProbeSummary[];
}

/** What the analysis worker offers. It owns the results folder's rows and all computing on them. */
export interface AnalysisApi {
  /** What lenses and end-of-line results show. */
  summarize(source: ProbeSource): Promise<FileSummary>;
  /** One analysis per selected run that has scores. */
  analyze(source: ProbeSource, selection: Selection): Promise<readonly RunAnalysis[]>;
}
