import * as vscode from 'vscode';
import type { ProbeKind } from '../../core/probes/model';
import type { Panels } from './panels';

const VARIABLE = 'KNOWLEDGE_PROBES_SHOW';

/**
 * Opens the panel that whoever started this VS Code wants to see: the variable holds JSON with `path` (of a probe
 * file), `run`, `kind` of probe, and an `id` of the start, so that a reload does not open again what was closed.
 */
export function showAtStart(context: vscode.ExtensionContext, panels: Panels): void {
  const wish = process.env[VARIABLE];
  if (wish === undefined || context.workspaceState.get(VARIABLE) === wish) return;
  void context.workspaceState.update(VARIABLE, wish);
  const { path, run, kind } = JSON.parse(wish) as { path: string; run: string; kind: ProbeKind };
  panels.show({ file: vscode.Uri.file(path).toString(), run, kind, chart: 'trajectories' });
}
