import * as vscode from 'vscode';
import { describeFailure, describeOthers, toFailure, type Failure } from '../core/failure';
import { count } from '../core/format';

/** Writes a failure to the log and shows it as one message that offers the log. */
export function showFailure(log: vscode.LogOutputChannel, error: unknown): void {
  const failure = toFailure(error);
  log.error(describeFailure(failure), ...(error instanceof Error && error.stack ? [error.stack] : []));
  void offerLog(log, vscode.window.showErrorMessage(describeFailure(failure), SHOW_LOG));
}

/** Several failures as one message: the first in words, the others by number; all of them in the log, under a title. */
export function showFailures(
  log: vscode.LogOutputChannel,
  failures: readonly Failure[],
  title: string,
): void {
  if (failures.length === 0) return;
  for (const failure of failures) {
    log.error(`${title}: ${describeFailure(failure)}`);
    for (const other of describeOthers(failure)) log.error(`${title}: The same: ${other}`);
  }
  void offerLog(log, vscode.window.showErrorMessage(describeFailures(failures), SHOW_LOG));
}

/** The first failure in words, the others by number. */
export function describeFailures([first, ...others]: readonly Failure[]): string {
  if (first === undefined) return '';
  return describeFailure(first) + (others.length === 0 ? '' : ` ${count(others.length)} more: see the log.`);
}

/** A message with the log behind a button. */
export async function offerLog(
  log: vscode.LogOutputChannel,
  message: Thenable<string | undefined>,
): Promise<void> {
  if ((await message) === SHOW_LOG) log.show();
}

export const SHOW_LOG = 'Show log';
