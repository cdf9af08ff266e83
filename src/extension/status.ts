import * as vscode from 'vscode';
import { activeProbeFile, isProbeFile } from './probeFiles';
import { shortCoverageOf } from './results/coverage';
import type { Summaries } from './results/summaries';
import type { Jobs, JobState } from './scoring/jobs';
import type { Disposable } from './disposable';

/** The item in the status bar while a probe file is in front: its runs, and what is being done with them. */
export interface Status extends Disposable {
  /** What a click opens. */
  menu(): Promise<void>;
}

interface Action extends vscode.QuickPickItem {
  readonly command: string;
}

export function createStatus(summaries: Summaries, jobs: Jobs): Status {
  const item = vscode.window.createStatusBarItem('knowledgeProbes', vscode.StatusBarAlignment.Right, 100);
  item.name = 'Knowledge Probes';
  item.command = 'knowledgeProbes.showStatusMenu';

  const update = () => {
    const document = activeProbeFile();
    // Scoring is shown wherever one looks meanwhile.
    const file = document?.uri ?? jobs.running();
    if (file === undefined) {
      item.hide();
      return;
    }
    const job = jobs.of(file);
    const summary = document && summaries.of(document);
    const runs = summary === undefined ? 'probes' : shortCoverageOf(summary);
    item.text = describe(job, runs);
    item.tooltip =
      `Knowledge Probes: ${vscode.workspace.asRelativePath(file)}, ${runs}` +
      (job?.failure === undefined ? '' : `\n${job.failure}`);
    item.backgroundColor =
      job?.state === 'failed' ? new vscode.ThemeColor('statusBarItem.errorBackground') : undefined;
    item.show();
  };
  update();

  const subscriptions = [
    item,
    vscode.window.onDidChangeActiveTextEditor(update),
    vscode.workspace.onDidCloseTextDocument((document) => {
      if (isProbeFile(document)) update();
    }),
    summaries.onDidChange(update),
    jobs.onDidChange(update),
  ];

  return {
    menu: async () => {
      const file = activeProbeFile()?.uri ?? jobs.running();
      const running = file !== undefined && jobs.of(file)?.state === 'running';
      const chosen = await vscode.window.showQuickPick<Action>(
        [
          running
            ? { label: '$(debug-stop) Cancel scoring', command: 'cancelScoring' }
            : { label: '$(play) Score all', command: 'scoreAll' },
          { label: '$(graph-line) Show trajectories', command: 'showTrajectories' },
          { label: '$(graph) Show retention', command: 'showRetention' },
          { label: '$(output) Show log', command: 'showLog' },
          { label: '$(gear) Settings', command: 'openSettings' },
        ],
        { placeHolder: 'Knowledge Probes' },
      );
      if (chosen) await vscode.commands.executeCommand(`knowledgeProbes.${chosen.command}`);
    },
    dispose: () => {
      vscode.Disposable.from(...subscriptions).dispose();
    },
  };
}

function describe(job: JobState | undefined, runs: string): string {
  if (job?.state === 'running') {
    const { progress } = job;
    const done = progress === undefined ? '…' : `${progress.checkpointsDone}/${progress.checkpoints}`;
    return `$(sync~spin) scoring ${done}`;
  }
  return job?.state === 'failed' ? `$(error) ${runs}: scoring failed` : `$(beaker) ${runs}`;
}
