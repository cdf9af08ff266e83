import { homedir } from 'node:os';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { resultsFolder } from '../disk/results/folder';
import type { Provider } from '../protocol/scorer';
import { resultsParent } from './resultsParent';

const SECTION = 'knowledgeProbes';

/** The settings, under one prefix. Read at every use, so that a change takes effect at once. */
export class Config {
  /** Scorer processes at a time; 0: as many as the machine has cores. */
  get processes(): number {
    return this.#get('scoring.processes', 0);
  }

  /** Node executable for the scorer; undefined: the editor's own. */
  get nodePath(): string | undefined {
    const value = this.#get('scoring.nodePath', '').trim();
    return value === '' ? undefined : value;
  }

  /** What computes; whatever else somebody has written there is refused by the scorer, in words. */
  get provider(): Provider {
    return this.#get<Provider>('scoring.executionProvider', 'cpu');
  }

  /** Minutes without progress after which a scorer is taken to hang and ended; 0: never. */
  get timeLimit(): number {
    return this.#get('scoring.timeLimit', 30);
  }

  /** Whether results stand at the end of the probes' lines. */
  get showResults(): boolean {
    return this.#get('results.show', true);
  }

  /** Shows or hides results at the end of lines: for this user, or in the workspace where that has a word of its own. */
  async setShowResults(show: boolean): Promise<void> {
    const { Global, Workspace } = vscode.ConfigurationTarget;
    const settings = vscode.workspace.getConfiguration(SECTION);
    const { workspaceValue } = settings.inspect<boolean>('results.show') ?? {};
    await settings.update('results.show', show, workspaceValue === undefined ? Global : Workspace);
  }

  /** Whether lenses stand above the file, its runs and facts. */
  get showLenses(): boolean {
    return this.#get('lenses.show', true);
  }

  /** Interquartile ranges beyond which effectivities are left out of means; null: none is. */
  outlierFence(file: vscode.Uri): number | null {
    const factor = this.#get<number | null>('analysis.outlierFence', null, file);
    return typeof factor === 'number' && factor >= 0 ? factor : null;
  }

  /**
   * Absolute path of a probe file's results folder: beside it, or below the folder of the setting.
   * @throws FailureError `setting-variable`
   */
  resultsFolder(file: vscode.Uri): string {
    const parent = resultsParent(this.#get('results.folder', '', file), path.dirname(file.fsPath), {
      home: homedir(),
      workspaceFolder: vscode.workspace.getWorkspaceFolder(file)?.uri.fsPath,
    });
    return resultsFolder(file.fsPath, parent);
  }

  /** Tells when one of the named settings changes; all of them when none is named. */
  onDidChange(listener: () => void, ...names: readonly string[]): vscode.Disposable {
    return vscode.workspace.onDidChangeConfiguration((event) => {
      const keys = names.length === 0 ? [SECTION] : names.map((name) => `${SECTION}.${name}`);
      if (keys.some((key) => event.affectsConfiguration(key))) listener();
    });
  }

  #get<T>(name: string, fallback: T, scope?: vscode.Uri): T {
    return vscode.workspace.getConfiguration(SECTION, scope).get(name, fallback);
  }
}
