import { unwatchFile, watchFile } from 'node:fs';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { toFailure, describeFailure } from '../../core/failure';
import { INDEX_FILE } from '../../disk/results/folder';
import type { AnalysisApi, FileSummary, ProbeSource } from '../../protocol/analysis';
import type { Config } from '../config';
import { showFailure } from '../failures';
import type { Documents } from '../language/documents';
import type { Thread } from '../workers/thread';
import type { Disposable } from '../disposable';

/** Results follow the text less closely than problems do: a score seldom depends on the last keystroke. */
const DELAY_MS = 400;

/** What is known of the results of the open probe files. */
export interface Summaries extends Disposable {
  /** The results of this document, or what is known of them, have changed. */
  readonly onDidChange: vscode.Event<vscode.TextDocument>;
  of(document: vscode.TextDocument): FileSummary | undefined;
  /** Whether they are to be read again, or are being read again, already. */
  isOutdated(document: vscode.TextDocument): boolean;
  /** Reads the results of an open document again, at once. */
  refresh(document: vscode.TextDocument): void;
}

/** The document as the analysis worker is to see it. */
export function sourceOf(document: vscode.TextDocument, config: Config): ProbeSource {
  return {
    path: document.uri.fsPath,
    text: document.getText(),
    results: config.resultsFolder(document.uri),
  };
}

interface Entry {
  summary?: FileSummary;
  /** By watched folder: the results folder and those of logs. */
  readonly watchers: Map<string, Disposable>;
  timer?: NodeJS.Timeout | undefined;
  working: boolean;
  again: boolean;
}

/** Keeps a summary for each open probe file, and watches its results folder's index. */
export function createSummaries(
  documents: Documents,
  worker: Thread<AnalysisApi>,
  config: Config,
  log: vscode.LogOutputChannel,
): Summaries {
  const entries = new Map<vscode.TextDocument, Entry>();
  const changed = new vscode.EventEmitter<vscode.TextDocument>();

  let told = '';
  /** A mistake in the settings, once and not at every keystroke. */
  const tellSetting = (error: unknown) => {
    const words = describeFailure(toFailure(error));
    if (words !== told) showFailure(log, error);
    told = words;
  };

  const read = async (document: vscode.TextDocument, entry: Entry) => {
    if (entry.working) {
      entry.again = true;
      return;
    }
    entry.working = true;
    try {
      do {
        entry.again = false;
        watch(document, entry, [config.resultsFolder(document.uri), ...(entry.summary?.logs ?? [])]);
        entry.summary = await worker.remote().summarize(sourceOf(document, config));
        if (entries.get(document) !== entry) return;
        watch(document, entry, [config.resultsFolder(document.uri), ...entry.summary.logs]);
        changed.fire(document);
      } while (entry.again as boolean);
    } catch (error) {
      if (toFailure(error).code === 'setting-variable') {
        tellSetting(error);
        // What is shown is of the folder that the setting named before.
        changed.fire(document);
      } else log.warn(describeFailure(toFailure(error)));
    } finally {
      entry.working = false;
    }
  };

  /** Watches these folders and no others. */
  const watch = (document: vscode.TextDocument, { watchers }: Entry, folders: readonly string[]) => {
    for (const [folder, watcher] of watchers) {
      if (folders.includes(folder)) continue;
      watcher.dispose();
      watchers.delete(folder);
    }
    for (const folder of folders) {
      if (watchers.has(folder)) continue;
      const changed = () => {
        schedule(document, 100);
      };
      watchers.set(folder, watchIndex(folder, changed));
    }
  };

  const schedule = (document: vscode.TextDocument, delay: number) => {
    if (document.uri.scheme !== 'file') return;
    const entry = entries.get(document) ?? {
      watchers: new Map<string, Disposable>(),
      working: false,
      again: false,
    };
    entries.set(document, entry);
    clearTimeout(entry.timer);
    entry.timer = setTimeout(() => {
      entry.timer = undefined;
      void read(document, entry);
    }, delay);
  };

  const forget = (document: vscode.TextDocument) => {
    const entry = entries.get(document);
    entries.delete(document);
    clearTimeout(entry?.timer);
    entry?.watchers.forEach((watcher) => {
      watcher.dispose();
    });
  };

  const subscriptions = [
    changed,
    documents.onDidAnalyze(({ document }) => {
      schedule(document, entries.has(document) ? DELAY_MS : 0);
    }),
    documents.onDidClose(forget),
    config.onDidChange(() => {
      told = '';
      for (const document of [...entries.keys()]) {
        forget(document);
        schedule(document, 0);
      }
    }, 'results.folder'),
  ];

  return {
    onDidChange: changed.event,
    of: (document) => entries.get(document)?.summary,
    isOutdated: (document) => {
      const entry = entries.get(document);
      return entry?.again === true || entry?.timer !== undefined;
    },
    refresh: (document) => {
      if (entries.has(document)) schedule(document, 0);
    },
    dispose: () => {
      [...entries.keys()].forEach(forget);
      vscode.Disposable.from(...subscriptions).dispose();
    },
  };
}

/**
 * Watches one small file and never the checkpoints: a recursive watch would wake for every training step. By asking
 * for its time now and then, because notifications see neither what other machines write on a shared disk nor, in
 * VS Code's own watcher, a folder that comes and goes.
 */
function watchIndex(folder: string, changed: () => void): Disposable {
  const index = path.join(folder, INDEX_FILE);
  watchFile(index, { interval: 1000, persistent: false }, changed);
  return {
    dispose: () => {
      unwatchFile(index, changed);
    },
  };
}
