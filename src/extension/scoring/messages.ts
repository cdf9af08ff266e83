import * as vscode from 'vscode';
import { toFailure } from '../../core/failure';
import { count, plural } from '../../core/format';
import type { ScoreSelection, ScoringOutcome, ScoringProgress } from '../../protocol/scoring';
import type { FactAnchor } from '../../protocol/language';
import { offerLog, showFailures, SHOW_LOG } from '../failures';
import { whyNothing } from './nothing';
import { describeOutcome, describeWarnings, shortOutcome } from './outcome';

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
  const done = progress
    ? ` (${count(progress.checkpointsDone)} of ${plural(progress.checkpoints, 'checkpoint')})`
    : '';
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

/** What came of it, in one message: failures first, then warnings, otherwise what was scored. All of it in the log. */
export function tell(
  log: vscode.LogOutputChannel,
  file: vscode.Uri,
  selection: ScoreSelection,
  outcome: ScoringOutcome,
): void {
  const { failures, warnings } = outcome;
  const title = logTitle(file, selection);
  for (const warning of warnings) log.warn(`${title}: ${warning}`);
  log.info(`${title}: ${describeOutcome(outcome)}`);
  const words = shortOutcome(outcome);
  if (failures.length > 0) showFailures(log, failures, title);
  else if (warnings.length > 0)
    void offerLog(
      log,
      vscode.window.showWarningMessage(
        `${label(file, selection)}: ${words}. ${describeWarnings(warnings)}`,
        SHOW_LOG,
      ),
    );
  else vscode.window.setStatusBarMessage(`$(check) ${words}`, 10_000);
}

/** Whether a job ended because nothing is there to be scored: no checkpoints are named, all probes are left out. */
export function isNothingToScore(error: unknown): boolean {
  return ['run-is-log', 'no-checkpoints-named', 'nothing-to-score'].includes(toFailure(error).code);
}

/** Says why there is nothing to score. Nothing has failed. @param facts of the file, as its text is now */
export function tellNothing(
  log: vscode.LogOutputChannel,
  file: vscode.Uri,
  selection: ScoreSelection,
  error: unknown,
  facts: readonly FactAnchor[],
): void {
  const name = vscode.workspace.asRelativePath(file);
  const { code, message, remedy = '' } = toFailure(error);
  const words =
    code === 'nothing-to-score'
      ? whyNothing(name, facts, selection)
      : `${message} (${name}) ${remedy}`.trimEnd();
  log.info(words);
  void vscode.window.showInformationMessage(words);
}

/** A job in words: `Scoring small-s1`. */
export function label(file: vscode.Uri, { run, fact, probe }: ScoreSelection): string {
  const parts = [probe, fact, run].filter((part) => part !== undefined);
  return `Scoring ${parts.length > 0 ? parts.join(', ') : vscode.workspace.asRelativePath(file)}`;
}

/** The same for the log, where lines of several files stand: `Scoring small-s1 (facts.probes.yaml)`. */
export function logTitle(file: vscode.Uri, selection: ScoreSelection): string {
  const title = label(file, selection);
  const name = vscode.workspace.asRelativePath(file);
  return title.endsWith(name) ? title : `${title} (${name})`;
}
