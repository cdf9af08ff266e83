import * as vscode from 'vscode';
import { toFailure, type Failure } from '../../core/failure';
import { count, plural } from '../../core/format';
import type { ScoreSelection, ScoringApi, ScoringOutcome, ScoringProgress } from '../../protocol/scoring';
import type { Config } from '../config';
import type { Disposable } from '../disposable';
import { describeFailures, showFailure } from '../failures';
import type { Documents } from '../language/documents';
import { sourceOf, type Summaries } from '../results/summaries';
import type { Thread } from '../workers/thread';
import { isNothingToScore, label, logTitle, mayScore, offerRunning, tell, tellNothing } from './messages';
import { forEditor } from './outcome';

/** Scoring of one file, while it runs and as it ended. */
export interface JobState {
  readonly state: 'running' | 'failed' | 'done';
  readonly selection: ScoreSelection;
  readonly progress?: ScoringProgress;
  /** Of a failed one: what happened, in words. */
  readonly failure?: string;
}

/** Scores on request: one job a file at a time. */
export interface Jobs extends Disposable {
  /** The file's job has begun, moved on, or ended. */
  readonly onDidChange: vscode.Event<vscode.Uri>;
  of(file: vscode.Uri): JobState | undefined;
  /** A file that is being scored now. */
  running(): vscode.Uri | undefined;
  /** Scores what is not scored yet. Resolves when the job has ended, however it ends; what went wrong is shown. */
  start(document: vscode.TextDocument, selection: ScoreSelection): Promise<ScoringOutcome | undefined>;
  cancel(file: vscode.Uri): void;
  /** Forgets how the file's last job ended. */
  forget(file: vscode.Uri): void;
  /** The scoring worker's word on a job. */
  report(progress: ScoringProgress): void;
}

interface Job {
  readonly id: string;
  readonly uri: vscode.Uri;
  readonly moved: vscode.EventEmitter<ScoringProgress>;
  state: JobState;
}

/** Deals jobs out to the scoring worker, and shows how they go. */
export function createJobs(
  worker: Thread<ScoringApi>,
  documents: Pick<Documents, 'current'>,
  summaries: Summaries,
  config: Config,
  log: vscode.LogOutputChannel,
): Jobs {
  const jobs = new Map<string, Job>();
  const changed = new vscode.EventEmitter<vscode.Uri>();
  let started = 0;

  const set = (job: Job, state: JobState) => {
    job.state = state;
    changed.fire(job.uri);
  };
  const cancel = (job: Job) => {
    log.info(`${logTitle(job.uri, job.state.selection)}: cancelled`);
    if (worker.running) void worker.remote().cancel.asEvent(job.id);
  };

  const run = async (document: vscode.TextDocument, job: Job) => {
    const { selection } = job.state;
    const title = label(job.uri, selection);
    return vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title, cancellable: true },
      async (notification, token) => {
        token.onCancellationRequested(() => {
          cancel(job);
        });
        let reported = 0;
        const listening = job.moved.event((progress) => {
          const share = progress.total === 0 ? 0 : (100 * progress.done) / progress.total;
          notification.report({
            increment: share - reported,
            message: `${count(progress.checkpointsDone)} of ${plural(progress.checkpoints, 'checkpoint')} (${progress.detail})`,
          });
          reported = share;
          // Between two checkpoints nothing changes but the bar.
          if (job.state.progress?.checkpointsDone === progress.checkpointsDone) return;
          set(job, { state: 'running', selection, progress });
          summaries.refresh(document);
        });
        log.info(logTitle(job.uri, selection));
        try {
          const { nodePath, processes, provider, timeLimit } = config;
          return await worker.remote().score(job.id, {
            source: sourceOf(document, config),
            selection,
            processes,
            provider,
            timeLimit,
            ...(nodePath === undefined ? {} : { nodePath }),
          });
        } finally {
          listening.dispose();
        }
      },
    );
  };

  const start = async (document: vscode.TextDocument, selection: ScoreSelection) => {
    if (!mayScore(document)) return undefined;
    const key = document.uri.toString();
    const running = jobs.get(key);
    if (running?.state.state === 'running') {
      void offerRunning(log, running.uri, running.state, () => {
        cancel(running);
      });
      return undefined;
    }
    const job: Job = {
      id: String(++started),
      uri: document.uri,
      moved: new vscode.EventEmitter(),
      state: { state: 'running', selection },
    };
    jobs.set(key, job);
    changed.fire(job.uri);
    try {
      const ran = await run(document, job);
      const outcome = { ...ran, failures: forEditor(ran.failures) };
      tell(log, job.uri, selection, outcome);
      set(job, ended(selection, outcome.failures));
      return outcome;
    } catch (error) {
      const nothing = isNothingToScore(error);
      set(job, ended(selection, nothing ? [] : [toFailure(error)]));
      if (nothing) {
        const snapshot = await documents.current(document).catch(() => undefined);
        tellNothing(log, job.uri, selection, error, snapshot?.facts ?? []);
      } else showFailure(log, error);
      return undefined;
    } finally {
      job.moved.dispose();
      summaries.refresh(document);
    }
  };

  return {
    onDidChange: changed.event,
    of: (file) => jobs.get(file.toString())?.state,
    running: () => [...jobs.values()].find(({ state }) => state.state === 'running')?.uri,
    start,
    cancel: (file) => {
      const job = jobs.get(file.toString());
      if (job?.state.state === 'running') cancel(job);
    },
    forget: (file) => {
      const job = jobs.get(file.toString());
      if (job === undefined || job.state.state === 'running') return;
      jobs.delete(file.toString());
      changed.fire(file);
    },
    report: (progress) => {
      for (const job of jobs.values()) if (job.id === progress.job) job.moved.fire(progress);
    },
    dispose: () => {
      changed.dispose();
    },
  };
}

function ended(selection: ScoreSelection, failures: readonly Failure[]): JobState {
  return failures.length === 0
    ? { state: 'done', selection }
    : { state: 'failed', selection, failure: describeFailures(failures) };
}
