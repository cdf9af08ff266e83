import { cp, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { Extension } from '../../src/extension/extension';

/** The bundle lies in out/test-vscode. */
export const ROOT = path.join(__dirname, '..', '..');

/** The extension, active. */
export async function extension(): Promise<Extension> {
  const found = vscode.extensions.getExtension<Extension>('knowledge-probes.knowledge-probes');
  if (found === undefined) throw new Error('The extension is not there.');
  return found.activate();
}

/** A copy of the example's probe file in a folder of its own; its checkpoints are links to the shipped ones. */
export async function copyExample(): Promise<vscode.Uri> {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'kp-test-')));
  const file = path.join(folder, 'facts.probes.yaml');
  await cp(path.join(ROOT, 'examples', 'invented-facts.probes.yaml'), file);
  await symlink(path.join(ROOT, 'examples', 'checkpoints'), path.join(folder, 'checkpoints'));
  return vscode.Uri.file(file);
}

/** Deletes what {@link copyExample} made. */
export async function remove(file: vscode.Uri): Promise<void> {
  await rm(path.dirname(file.fsPath), { recursive: true, force: true });
}

export async function open(file: vscode.Uri): Promise<vscode.TextDocument> {
  const document = await vscode.workspace.openTextDocument(file);
  await vscode.window.showTextDocument(document, vscode.ViewColumn.One);
  return document;
}

/** Replaces the first occurrence of a text. */
export async function replace(document: vscode.TextDocument, text: string, by: string): Promise<void> {
  const start = document.getText().indexOf(text);
  if (start < 0) throw new Error(`“${text}” is not in the document.`);
  const edit = new vscode.WorkspaceEdit();
  const range = new vscode.Range(document.positionAt(start), document.positionAt(start + text.length));
  edit.replace(document.uri, range, by);
  await vscode.workspace.applyEdit(edit);
}

/** Waits for a value: asks every 100 ms. */
export async function until<T>(
  what: string,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  timeoutMs = 120_000,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const value = await ask();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > end) throw new Error(`Waited ${timeoutMs / 1000} s in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The lenses of a document, with their commands. */
export async function lenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
  const found: vscode.CodeLens[] = await vscode.commands.executeCommand(
    'vscode.executeCodeLensProvider',
    document.uri,
    10_000,
  );
  return found;
}

/** The problems that this extension reports. */
export function problems(document: vscode.TextDocument): vscode.Diagnostic[] {
  return vscode.languages.getDiagnostics(document.uri).filter(({ source }) => source === 'knowledge-probes');
}
