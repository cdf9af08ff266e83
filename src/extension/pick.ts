import * as vscode from 'vscode';
import type { DocumentSnapshot, Span } from '../protocol/language';
import type { ScoreSelection } from '../protocol/scoring';
import type { Documents } from './language/documents';
import { toRange } from './language/spans';
import { activeProbeFile } from './probeFiles';

export type Part = 'file' | 'run' | 'fact' | 'probe';

/** Something in a probe file that a command is about. */
export interface Target {
  readonly document: vscode.TextDocument;
  readonly selection: ScoreSelection;
}

interface Choice extends vscode.QuickPickItem {
  readonly selection: ScoreSelection;
  readonly span: Span;
}

/**
 * What a command is about: the ids a lens passed, looked up in the file as it is now, or the user's pick, with
 * the one at the cursor first. Undefined where the user has backed out or was told why there is nothing.
 */
export async function resolveTarget(
  documents: Documents,
  part: Part,
  uri: unknown,
  ids: unknown,
): Promise<Target | undefined> {
  const document =
    typeof uri === 'string'
      ? await vscode.workspace.openTextDocument(vscode.Uri.parse(uri))
      : activeProbeFile();
  if (document === undefined) {
    void vscode.window.showInformationMessage('Open a probe file (*.probes.yaml) first.');
    return undefined;
  }
  const given = (ids ?? {}) as ScoreSelection;
  if (part === 'file' && ids === undefined) return { document, selection: {} };
  const snapshot = await documents.current(document);
  if (snapshot === undefined) return undefined;
  const wanted = part === 'file' ? partOf(given) : part;
  const choices = wanted === 'file' ? [] : choicesOf(snapshot, wanted);
  if (ids === undefined) return pick(document, wanted, choices);
  if (wanted === 'file' || choices.some(({ selection }) => same(selection, given)))
    return { document, selection: given };
  void vscode.window.showWarningMessage(
    `There is no ${wanted} “${given[wanted] ?? ''}” in ${vscode.workspace.asRelativePath(document.uri)} any more.`,
  );
  return undefined;
}

/** Where the named run, fact or probe stands in the file. */
export function spanOf(snapshot: DocumentSnapshot, selection: ScoreSelection): Span | undefined {
  const part = partOf(selection);
  return part === 'file'
    ? snapshot.head
    : choicesOf(snapshot, part).find(
        (choice) =>
          choice.selection[part] === selection[part] &&
          (part !== 'probe' || choice.selection.fact === selection.fact),
      )?.span;
}

function partOf(selection: ScoreSelection): Part {
  if (selection.probe !== undefined) return 'probe';
  if (selection.fact !== undefined) return 'fact';
  return selection.run === undefined ? 'file' : 'run';
}

function choicesOf(snapshot: DocumentSnapshot, part: Exclude<Part, 'file'>): Choice[] {
  if (part === 'run')
    return snapshot.runs.map(({ id, span }) => ({ label: id, selection: { run: id }, span }));
  return snapshot.facts.flatMap((fact): Choice[] =>
    part === 'fact'
      ? [{ label: fact.id, selection: { fact: fact.id }, span: fact.span }]
      : fact.probes.map((probe) => ({
          label: probe.id,
          description: fact.id,
          selection: { fact: fact.id, probe: probe.id },
          span: probe.span,
        })),
  );
}

function same(a: ScoreSelection, b: ScoreSelection): boolean {
  return a.fact === b.fact && a.probe === b.probe && (a.run === b.run || a.run === undefined);
}

async function pick(
  document: vscode.TextDocument,
  part: Part,
  choices: readonly Choice[],
): Promise<Target | undefined> {
  if (choices.length === 0) {
    void vscode.window.showInformationMessage(`This probe file has no ${part} yet.`);
    return undefined;
  }
  const cursor = vscode.window.activeTextEditor?.selection.active;
  const atCursor = choices.findIndex(({ span }) => cursor !== undefined && toRange(span).contains(cursor));
  const chosen = await vscode.window.showQuickPick(
    // The first item is the one that Enter takes.
    atCursor < 0 ? choices : [choices[atCursor]!, ...choices.filter((_, index) => index !== atCursor)],
    { placeHolder: `Which ${part}?`, matchOnDescription: true },
  );
  return chosen && { document, selection: chosen.selection };
}
