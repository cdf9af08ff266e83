import * as vscode from 'vscode';
import type { Config } from '../config';
import type { Summaries } from '../results/summaries';
import type { Jobs } from './jobs';

/**
 * Forgets that a file's scoring failed as soon as its text, the settings or its results change: what was wrong may be
 * mended, and the next job will tell. Checkpoints are not watched.
 */
export function forgetFailures(
  jobs: Pick<Jobs, 'onDidChange' | 'of' | 'forget'>,
  summaries: Pick<Summaries, 'onDidChange' | 'of' | 'isOutdated'>,
  config: Pick<Config, 'onDidChange'>,
): vscode.Disposable {
  /** Files whose scoring failed, each with its results as they were read after that. */
  const failed = new Map<string, { readonly file: vscode.Uri; results?: string; settled: boolean }>();

  const forget = (key: string) => {
    const known = failed.get(key);
    failed.delete(key);
    if (known !== undefined) jobs.forget(known.file);
  };

  return vscode.Disposable.from(
    jobs.onDidChange((file) => {
      const key = file.toString();
      if (jobs.of(file)?.state !== 'failed') failed.delete(key);
      else if (!failed.has(key)) failed.set(key, { file, settled: false });
    }),
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length > 0) forget(document.uri.toString());
    }),
    config.onDidChange(() => {
      for (const key of [...failed.keys()]) forget(key);
    }),
    summaries.onDidChange((document) => {
      const known = failed.get(document.uri.toString());
      if (known === undefined) return;
      const results = JSON.stringify(summaries.of(document)?.runs);
      if (known.settled && known.results !== results) forget(document.uri.toString());
      // The job's own last rows are read after it has failed, and perhaps twice.
      known.results = results;
      known.settled ||= !summaries.isOutdated(document);
    }),
  );
}
