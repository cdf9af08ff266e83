import * as vscode from 'vscode';
import { toFailure } from '../../core/failure';
import type { ScoreSelection, ScoringOutcome, ScoringProgress } from '../../protocol/scoring';
import { offerLog, showFailures, SHOW_LOG } from '../failures';

/** Whether the document can be scored; says why where it cannot. Models are loaded, so the workspace must be trusted. */
export function mayScore(document: vscode.TextDocument): boolean {
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

/** Says that the file is being scored already, and what can be done about it. */
export async function offerRunning(
  log: vscode.LogOutputChannel,
  file: vscode.Uri,
  { progress, selection }: { readonly progress?: ScoringProgress; readonly selection: ScoreSelection },
  cancel: () => void,
): Promise<void> {
  const done = progress ? ` (${progress.checkpointsDone} of ${progress.checkpoints} checkpoints)` : '';
  const answer = await vscode.window.showInformationMessage(
    `${label(file, selection)} is already running${done}.`,
    'Show progress',
    SHOW_LOG,
    'Cancel it',
  );
  if (answer === 'Show progress') await vscode.commands.executeCommand('notifications.showList');
  if (answer === SHOW_LOG) log.show();
  if (answer === 'Cancel it') cancel();
}

/** What came of it, in one message: failures first, otherwise what was scored. */
export function tell(log: vscode.LogOutputChannel, title: string, outcome: ScoringOutcome): void {
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

/** Whether a job ended because nothing is there to be scored: runs measured elsewhere, probes that are left out. */
export function isNothingToScore(error: unknown): boolean {
  return ['run-is-log', 'nothing-to-score'].includes(toFailure(error).code);
}

/** Says why there is nothing to score. Nothing has failed. */
export function tellNothing(log: vscode.LogOutputChannel, error: unknown): void {
  const { message, remedy = '' } = toFailure(error);
  log.info(message);
  void vscode.window.showInformationMessage(`${message} ${remedy}`.trimEnd());
}

/** A job in words: `Scoring small-s1`. */
export function label(file: vscode.Uri, { run, fact, probe }: ScoreSelection): string {
  const parts = [probe, fact, run].filter((part) => part !== undefined);
  return `Scoring ${parts.length > 0 ? parts.join(', ') : vscode.workspace.asRelativePath(file)}`;
}
