import { readFile, rm, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { ROOT } from './workspace';

export interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Outlives the extension host; one a process that runs the tests, so that an old one is never found. */
const NOTE = path.join(ROOT, 'out', `reload-${process.env['KP_PAGE_DRIVER_TOKEN'] ?? ''}.json`);

/** What was there before the window was reloaded; undefined where it was not. The note is gone afterwards. */
export async function takeReloadNote(): Promise<{ readonly count: Count } | undefined> {
  const text = await readFile(NOTE, 'utf8').catch(() => undefined);
  await rm(NOTE, { force: true });
  return text === undefined ? undefined : (JSON.parse(text) as { count: Count });
}

/** Reloads the window: the tests begin anew in another extension host. Never resolves. */
export async function reloadWindow(count: Count): Promise<never> {
  await writeFile(NOTE, JSON.stringify({ count }));
  // The workbench writes its state now and then, not at once.
  await new Promise((resolve) => setTimeout(resolve, 7000));
  await vscode.commands.executeCommand('workbench.action.reloadWindow');
  return new Promise<never>(() => undefined);
}
