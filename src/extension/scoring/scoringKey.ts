import * as vscode from 'vscode';
import type { Jobs } from './jobs';

/** Holds while anything is scored, whatever is in front: the manifest shows “Cancel Scoring” by it. */
const KEY = 'knowledgeProbes.scoring';

/** Keeps the context key up to date. */
export function registerScoringKey(jobs: Pick<Jobs, 'onDidChange' | 'running'>): vscode.Disposable {
  let known = false;
  return jobs.onDidChange(() => {
    const scoring = jobs.running() !== undefined;
    if (scoring === known) return;
    known = scoring;
    void vscode.commands.executeCommand('setContext', KEY, scoring);
  });
}
