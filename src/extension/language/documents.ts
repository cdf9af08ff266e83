import * as vscode from 'vscode';
import { snapshot as analyze, type DocumentSnapshot, type LanguageApi } from '../../protocol/language';
import { isProbeFile } from '../probeFiles';
import type { Thread } from '../workers/thread';
import type { Disposable } from '../disposable';

/** Long enough to skip most keystrokes of a word, short enough to feel immediate. */
const DELAY_MS = 120;

/** What is known of the open probe files. The host itself never parses. */
export interface Documents extends Disposable {
  /** A snapshot of a version of this document has come, and it is still its newest. */
  readonly onDidAnalyze: vscode.Event<{ document: vscode.TextDocument; snapshot: DocumentSnapshot }>;
  readonly onDidClose: vscode.Event<vscode.TextDocument>;
  /** The newest snapshot, perhaps of an older version. */
  latest(document: vscode.TextDocument): DocumentSnapshot | undefined;
  /** The snapshot of the document as it is now; undefined when it is closed before. Rejects when analysis fails. */
  current(document: vscode.TextDocument): Promise<DocumentSnapshot | undefined>;
  /** Analyses all open probe files again, after the worker has died. */
  refresh(): void;
}

interface Entry {
  snapshot?: DocumentSnapshot;
  /** Of the document's newest version, waiting or at work. */
  pending?: Promise<DocumentSnapshot | undefined>;
  timer?: NodeJS.Timeout;
  /** Runs the wait for the next keystroke short. */
  hurry?: () => void;
}

/** Keeps a snapshot for each open probe file: debounced, one request at a time, older versions dropped. */
export function createDocuments(worker: Thread<LanguageApi>, log: vscode.LogOutputChannel): Documents {
  const entries = new Map<vscode.TextDocument, Entry>();
  const analyzed = new vscode.EventEmitter<{ document: vscode.TextDocument; snapshot: DocumentSnapshot }>();
  const closed = new vscode.EventEmitter<vscode.TextDocument>();

  const wait = (entry: Entry, delay: number) =>
    new Promise<void>((resolve) => {
      entry.hurry = resolve;
      entry.timer = setTimeout(resolve, delay);
    });

  /** Analyses until the snapshot is of the document's newest version. */
  const settle = async (document: vscode.TextDocument, entry: Entry, delay: number) => {
    await wait(entry, delay);
    while (entries.get(document) === entry) {
      const { version } = document;
      const path = document.uri.scheme === 'file' ? document.uri.fsPath : undefined;
      const snapshot = await analyze(
        worker.remote(),
        document.uri.toString(),
        version,
        document.getText(),
        path,
      );
      if (snapshot?.version !== document.version) continue;
      entry.snapshot = snapshot;
      delete entry.pending;
      if (entries.get(document) === entry) analyzed.fire({ document, snapshot });
      return snapshot;
    }
    return undefined;
  };

  const schedule = (document: vscode.TextDocument, delay: number) => {
    const entry = entries.get(document) ?? {};
    entries.set(document, entry);
    if (entry.pending !== undefined) return entry.pending;
    const pending = settle(document, entry, delay);
    pending.catch((error: unknown) => {
      delete entry.pending;
      log.error(`${document.uri.toString(true)} could not be analysed: ${String(error)}`);
    });
    entry.pending = pending;
    return pending;
  };

  const open = (document: vscode.TextDocument) => {
    if (isProbeFile(document)) void schedule(document, 0).catch(() => undefined);
  };
  const close = (document: vscode.TextDocument) => {
    const entry = entries.get(document);
    if (entry === undefined) return;
    entries.delete(document);
    entry.hurry?.();
    if (worker.running) void worker.remote().close.asEvent(document.uri.toString());
    closed.fire(document);
  };

  const subscriptions = [
    vscode.workspace.onDidOpenTextDocument(open),
    vscode.workspace.onDidCloseTextDocument(close),
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length > 0 && isProbeFile(document))
        void schedule(document, DELAY_MS).catch(() => undefined);
    }),
    analyzed,
    closed,
  ];
  vscode.workspace.textDocuments.forEach(open);

  return {
    onDidAnalyze: analyzed.event,
    onDidClose: closed.event,
    latest: (document) => entries.get(document)?.snapshot,
    current: (document) => {
      const entry = entries.get(document);
      if (entry?.pending === undefined && entry?.snapshot?.version === document.version)
        return Promise.resolve(entry.snapshot);
      entry?.hurry?.();
      return schedule(document, 0);
    },
    refresh: () => {
      for (const document of entries.keys()) void schedule(document, 0).catch(() => undefined);
    },
    dispose: () => {
      for (const entry of entries.values()) clearTimeout(entry.timer);
      entries.clear();
      vscode.Disposable.from(...subscriptions).dispose();
    },
  };
}
