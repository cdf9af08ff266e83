import type { Failure } from '../core/failure';
import type { ProbeSource, Selection } from './analysis';
import type { Provider } from './scorer';

/** Which probes are scored; everything when nothing is said. */
export interface ScoreSelection extends Selection {
  readonly probe?: string;
}

/** One click on "Score": what, and with which means. */
export interface ScoringJob {
  readonly source: ProbeSource;
  readonly selection: ScoreSelection;
  /** Scorer processes at a time; 0 lets the machine decide. */
  readonly processes: number;
  /** Minutes without progress after which a scorer is taken to hang and ended; 0 for never. */
  readonly timeLimit: number;
  /** What computes. */
  readonly provider: Provider;
  /** Node executable for the scorer; the editor's own when missing. */
  readonly nodePath?: string;
}

/** How a job ended. Failures cost the checkpoints they name, nothing else. */
export interface ScoringOutcome {
  /** Texts run through a model now. */
  readonly scored: number;
  /** Texts whose score was on disk already. */
  readonly reused: number;
  readonly checkpoints: number;
  readonly failures: readonly Failure[];
  readonly warnings: readonly string[];
  readonly cancelled: boolean;
  readonly milliseconds: number;
}

/** Work is counted in texts × checkpoints. */
export interface ScoringProgress {
  readonly job: string;
  readonly done: number;
  readonly total: number;
  readonly checkpointsDone: number;
  readonly checkpoints: number;
  /** What is being done, in a few words: `small-s1, step 400`. */
  readonly detail: string;
}

/** What the scoring worker offers. It owns the pool of scorer processes, so that the editor's thread never plans. */
export interface ScoringApi {
  /** Rejects with a failure where nothing can be scored at all. */
  score(id: string, job: ScoringJob): Promise<ScoringOutcome>;
  /** Stops between batches; what is done is kept. */
  cancel(id: string): void;
}

/** What the scoring worker tells unasked. */
export interface ScoringEvents {
  progress(progress: ScoringProgress): void;
}
