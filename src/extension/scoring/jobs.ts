import * as vscode from 'vscode';
import type { ScoreSelection, ScoringApi, ScoringOutcome, ScoringProgress } from '../../protocol/scoring';
import type { Config } from '../config';
import { offerLog, showFailure, showFailures, SHOW_LOG } from '../failures';
import { sourceOf, type Summaries } from '../results/summaries';
import type { Thread } from '../workers/thread';
import type { Disposable } from '../disposable';

/** Scoring of one file, while it runs and as it ended. */
export interface JobState {
  readonly state: 'running' | 'failed' | 'done';
  readonly selection: ScoreSelection;
  readonly progress?: ScoringProgress;
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
  /** The scoring worker's word on a job. */
  report(progress: ScoringProgress): void;
}

interface Job {
  readonly id: string;
  readonly uri: vscode.Uri;
  readonly moved: vscode.EventEmitter<ScoringProgress>;
  state: JobState;
}

/** @param refresh reads the results of a document again */
export function createJobs(
  worker: Thread<ScoringApi>,
  summaries: Summaries,
  config: Config,
  log: vscode.LogOutputChannel,
): Jobs {
  const jobs = new Map<string, Job>();
  const changed = new vscode.EventEmitter<vscode.Uri>();
  let count = 0;

  const set = (job: Job, state: JobState) => {
    job.state = state;
    changed.fire(job.uri);
  };
  const cancel = (job: Job) => {
    log.info(`${label(job.uri, job.state.selection)}: cancelled`);
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
            message: `${progress.checkpointsDone} of ${progress.checkpoints} checkpoints (${progress.detail})`,
          });
          reported = share;
          const before = job.state.progress?.checkpointsDone;
          set(job, { state: 'running', selection, progress });
          if (before !== progress.checkpointsDone) summaries.refresh(document);
        });
        log.info(title);
        try {
          const { nodePath } = config;
          return await worker.remote().score(job.id, {
            source: sourceOf(document, config),
            selection,
            processes: config.processes,
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
      void offerRunning(log, running, () => {
        cancel(running);
      });
      return undefined;
    }
    const job: Job = {
      id: String(++count),
      uri: document.uri,
      moved: new vscode.EventEmitter(),
      state: { state: 'running', selection },
    };
    jobs.set(key, job);
    changed.fire(job.uri);
    try {
      const outcome = await run(document, job);
      tell(log, label(job.uri, selection), outcome);
      set(job, { state: outcome.failures.length > 0 ? 'failed' : 'done', selection });
      return outcome;
    } catch (error) {
      set(job, { state: 'failed', selection });
      showFailure(log, error);
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
    report: (progress) => {
      for (const job of jobs.values()) if (job.id === progress.job) job.moved.fire(progress);
    },
    dispose: () => {
      changed.dispose();
    },
  };
}

/** Scoring loads models, so the workspace must be trusted; and it needs files on disk. */
function mayScore(document: vscode.TextDocument): boolean {
  if (!vscode.workspace.isTrusted) {
    void offerTrust();
    return false;
  }
  if (document.uri.scheme !== 'file') {
    void vscode.window.showWarningMessage(
      'Checkpoints are looked for beside the probe file, so the file must be saved to disk before it is scored.',
    );
    return false;
  }
  return true;
}

async function offerTrust(): Promise<void> {
  const manage = 'Manage workspace trust';
  const answer = await vscode.window.showWarningMessage(
    'Scoring loads the models that this workspace names, so the workspace must be trusted first.',
    manage,
  );
  if (answer === manage) await vscode.commands.executeCommand('workbench.trust.manage');
}

async function offerRunning(log: vscode.LogOutputChannel, job: Job, cancelJob: () => void): Promise<void> {
  const { progress, selection } = job.state;
  const done = progress ? ` (${progress.checkpointsDone} of ${progress.checkpoints} checkpoints)` : '';
  const answer = await vscode.window.showInformationMessage(
    `${label(job.uri, selection)} is already running${done}.`,
    'Show progress',
    SHOW_LOG,
    'Cancel it',
  );
  if (answer === 'Show progress') await vscode.commands.executeCommand('notifications.showList');
  if (answer === SHOW_LOG) log.show();
  if (answer === 'Cancel it') cancelJob();
}

/** What came of it, in one message: failures first, otherwise what was scored. */
function tell(log: vscode.LogOutputChannel, title: string, outcome: ScoringOutcome): void {
  for (const warning of outcome.warnings) log.warn(warning);
  const seconds = (outcome.milliseconds / 1000).toFixed(1);
  const words =
    `${title}: ${outcome.scored} texts scored, ${outcome.reused} known already, ` +
    `${outcome.checkpoints} checkpoints, ${seconds} s` +
    (outcome.cancelled ? '; cancelled, what was done is kept' : '');
  log.info(words);
  if (outcome.failures.length > 0) showFailures(log, outcome.failures);
  else if (outcome.warnings.length > 0)
    void offerLog(
      log,
      vscode.window.showWarningMessage(`${words}. ${outcome.warnings.length} warnings.`, SHOW_LOG),
    );
  else vscode.window.setStatusBarMessage(`$(check) ${words}`, 10_000);
}

function label(file: vscode.Uri, { run, fact, probe }: ScoreSelection): string {
  const parts = [probe, fact, run].filter((part) => part !== undefined);
  return `Scoring ${parts.length > 0 ? parts.join(', ') : vscode.workspace.asRelativePath(file)}`;
}
