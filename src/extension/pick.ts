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
  const document = typeof uri === 'string' ? await open(uri) : activeProbeFile();
  if (document === undefined) {
    void vscode.window.showInformationMessage('Open a probe file (*.probes.yaml) first.');
    return undefined;
  }
  // Menus pass arguments too, but other ones: a URI as an object and where they were clicked.
  const given: ScoreSelection = typeof uri === 'string' ? (ids ?? {}) : {};
  const nothing = Object.keys(given).length === 0;
  if (part === 'file' && nothing) return { document, selection: {} };
  const snapshot = await documents.current(document);
  if (snapshot === undefined) return undefined;
  if (part !== 'file' && nothing) return pick(document, part, choicesOf(snapshot, part));
  if (find(snapshot, given) !== undefined) return { document, selection: given };
  const missing = partOf(given);
  void vscode.window.showWarningMessage(
    `There is no ${missing} “${given[missing] ?? ''}” in ${vscode.workspace.asRelativePath(document.uri)} any more.`,
  );
  return undefined;
}

async function open(uri: string): Promise<vscode.TextDocument> {
  return vscode.workspace.openTextDocument(vscode.Uri.parse(uri));
}

/** Where the named run, fact or probe stands in the file. */
export function spanOf(snapshot: DocumentSnapshot, selection: ScoreSelection): Span | undefined {
  return find(snapshot, selection)?.span;
}

function find(snapshot: DocumentSnapshot, selection: ScoreSelection): Choice | undefined {
  const part = partOf(selection);
  return choicesOf(snapshot, part).find(
    ({ selection: { fact, probe, run } }) =>
      fact === selection.fact && probe === selection.probe && (part !== 'run' || run === selection.run),
  );
}

function partOf(selection: ScoreSelection): Exclude<Part, 'file'> {
  if (selection.probe !== undefined) return 'probe';
  return selection.fact !== undefined ? 'fact' : 'run';
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
