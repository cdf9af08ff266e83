import type { RunAnalysis } from '../core/dynamics/analysis';
import type { FileSummary, ProbeSummary } from '../core/dynamics/summary';
import type { AnalysisOptions } from '../core/dynamics/analyzeRun';
import type { Selection } from '../core/probes/selection';
import type { TokenScore } from '../core/results/row';

export type { Selection } from '../core/probes/selection';
export type { FactSummary, FileSummary, ProbeSummary, RunSummary } from '../core/dynamics/summary';

/** A probe file as the analysis worker is to see it. */
export interface ProbeSource {
  /** Absolute path of the probe file. */
  readonly path: string;
  /** The editor's text, which may be unsaved. */
  readonly text: string;
  /** Absolute path of the results folder. */
  readonly results: string;
}

/** What the analysis worker offers. It owns the results folder's rows and all computing on them. */
export interface AnalysisApi {
  /** What lenses and end-of-line results show. */
  summarize(source: ProbeSource): Promise<FileSummary>;
  /** The tokens of one score, for its hover: those of all together would hold the editor up. */
  tokens(results: string, score: ProbeSummary): Promise<readonly TokenScore[]>;
  /** One analysis per selected run that has scores. */
  analyze(
    source: ProbeSource,
    selection: Selection,
    options: AnalysisOptions,
  ): Promise<readonly RunAnalysis[]>;
}
