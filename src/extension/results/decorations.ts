import * as vscode from 'vscode';
import type { Config } from '../config';
import type { Documents } from '../language/documents';
import { isProbeFile } from '../probeFiles';
import { endOfLines, type EndOfLine } from './endOfLine';
import type { Summaries } from './summaries';
import type { Disposable } from '../disposable';

/** Lines above and below the visible ones that are decorated too, so that slow scrolling shows no gaps. */
const MARGIN = 100;

/** Results beside the probes, in every visible editor. */
export interface Decorations extends Disposable {
  /** What stands in this document, for its hover. */
  of(document: vscode.TextDocument): readonly EndOfLine[];
  /** Takes the results out of the editor until new ones come. */
  clear(document: vscode.TextDocument): void;
}

/** Shows ℓ, change and rank at the end of each scored probe's line; greyed where the text has changed since. */
export function createDecorations(documents: Documents, summaries: Summaries, config: Config): Decorations {
  const current = decoration(new vscode.ThemeColor('editorCodeLens.foreground'));
  const stale = decoration(new vscode.ThemeColor('disabledForeground'), 'italic');
  const shown = new Map<vscode.TextDocument, readonly EndOfLine[]>();
  const cleared = new Set<vscode.TextDocument>();

  const draw = (editor: vscode.TextEditor) => {
    if (!isProbeFile(editor.document)) return;
    const lines = (config.showResults ? (shown.get(editor.document) ?? []) : []).filter(({ line }) =>
      editor.visibleRanges.some(
        (range) => line >= range.start.line - MARGIN && line <= range.end.line + MARGIN,
      ),
    );
    const options = (wanted: boolean) =>
      lines.filter((line) => line.stale === wanted).map((line) => toOptions(editor.document, line));
    editor.setDecorations(current, options(false));
    editor.setDecorations(stale, options(true));
  };
  const drawAll = (document?: vscode.TextDocument) => {
    for (const editor of vscode.window.visibleTextEditors)
      if (document === undefined || editor.document === document) draw(editor);
  };
  const update = (document: vscode.TextDocument) => {
    const snapshot = documents.latest(document);
    const summary = summaries.of(document);
    const lines =
      snapshot === undefined || summary === undefined || cleared.has(document)
        ? []
        : endOfLines(snapshot, summary.probes);
    shown.set(document, lines);
    drawAll(document);
  };

  const subscriptions = [
    current,
    stale,
    summaries.onDidChange((document) => {
      cleared.delete(document);
      update(document);
    }),
    documents.onDidAnalyze(({ document }) => {
      update(document);
    }),
    documents.onDidClose((document) => {
      shown.delete(document);
      cleared.delete(document);
    }),
    config.onDidChange(drawAll, 'results.show'),
    vscode.window.onDidChangeVisibleTextEditors(() => {
      drawAll();
    }),
    vscode.window.onDidChangeTextEditorVisibleRanges(({ textEditor }) => {
      draw(textEditor);
    }),
  ];

  return {
    of: (document) => shown.get(document) ?? [],
    clear: (document) => {
      cleared.add(document);
      update(document);
    },
    dispose: () => {
      vscode.Disposable.from(...subscriptions).dispose();
    },
  };
}

function decoration(color: vscode.ThemeColor, fontStyle = 'normal'): vscode.TextEditorDecorationType {
  return vscode.window.createTextEditorDecorationType({
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedOpen,
    after: { color, fontStyle, margin: '0 0 0 3ch' },
  });
}

function toOptions(document: vscode.TextDocument, { line, text }: EndOfLine): vscode.DecorationOptions {
  const { end } = document.lineAt(Math.min(line, document.lineCount - 1)).range;
  return { range: new vscode.Range(end, end), renderOptions: { after: { contentText: text } } };
}
