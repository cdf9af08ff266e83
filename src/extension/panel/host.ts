import * as path from 'node:path';
import * as vscode from 'vscode';
import { BOOTSTRAP } from '../../core/dynamics/bootstrap/bootstrap';
import type { AnalysisApi, Selection } from '../../protocol/analysis';
import type { PanelData, PanelHostApi, PanelState } from '../../protocol/panel';
import type { Config } from '../config';
import type { Documents } from '../language/documents';
import { toRange } from '../language/spans';
import { spanOf } from '../pick';
import { sourceOf, type Summaries } from '../results/summaries';
import type { Jobs } from '../scoring/jobs';
import type { Thread } from '../workers/thread';

export interface PanelParts {
  readonly documents: Documents;
  readonly analysis: Thread<AnalysisApi>;
  readonly summaries: Pick<Summaries, 'of' | 'onDidChange'>;
  readonly jobs: Jobs;
  readonly config: Config;
}

/**
 * What the host does for one panel.
 * @param getState what the panel shows now
 * @param setState told when the panel has turned to something else
 */
export function createPanelHost(
  parts: PanelParts,
  getState: () => PanelState,
  setState: (state: PanelState) => void,
): PanelHostApi {
  const { documents, analysis, summaries, jobs, config } = parts;
  const open = (state: PanelState) => vscode.workspace.openTextDocument(vscode.Uri.parse(state.file));

  const load = async (state: PanelState, intervals: boolean): Promise<PanelData> => {
    setState(state);
    const document = await open(state);
    const [snapshot, analyses] = await Promise.all([
      documents.current(document),
      analysis.remote().analyze(sourceOf(document, config), selectionOf(state), {
        fence: config.outlierFence(document.uri),
        bootstrap: intervals ? BOOTSTRAP : null,
      }),
    ]);
    const job = jobs.of(document.uri);
    return {
      title: vscode.workspace.asRelativePath(document.uri),
      runs: snapshot?.runs.map(({ id }) => id) ?? [],
      facts: snapshot?.facts.map(({ id }) => id) ?? [],
      analyses,
      unscored: (summaries.of(document)?.runs ?? []).map(({ run, checkpoints, scored }) => ({
        run,
        checkpoints: checkpoints - scored,
      })),
      ...(job?.state === 'running' && {
        scoring: { done: job.progress?.checkpointsDone ?? 0, total: job.progress?.checkpoints ?? 0 },
      }),
    };
  };

  return {
    initial: () => Promise.resolve(getState()),
    load,
    turned: (state) => {
      setState(state);
      return Promise.resolve();
    },
    reveal: async (target) => {
      const document = await open(getState());
      const snapshot = await documents.current(document);
      const span = snapshot && spanOf(snapshot, target);
      const shown = vscode.window.visibleTextEditors.find((editor) => editor.document === document);
      const editor = await vscode.window.showTextDocument(
        document,
        shown?.viewColumn ?? vscode.ViewColumn.One,
      );
      if (span === undefined) return;
      const { start } = toRange(span);
      editor.selection = new vscode.Selection(start, start);
      editor.revealRange(
        new vscode.Range(start, start),
        vscode.TextEditorRevealType.InCenterIfOutsideViewport,
      );
    },
    score: async (state) => {
      await jobs.start(await open(state), selectionOf(state));
    },
    save: async (name, content, encoding) => {
      const beside = vscode.Uri.joinPath(vscode.Uri.parse(getState().file), '..', path.basename(name));
      const target = await vscode.window.showSaveDialog({ defaultUri: beside });
      if (target === undefined) return;
      const bytes =
        encoding === 'utf8'
          ? Buffer.from(content)
          : Buffer.from(content.slice(content.indexOf(',') + 1), 'base64');
      await vscode.workspace.fs.writeFile(target, bytes);
    },
  };
}

function selectionOf({ run, fact }: PanelState): Selection {
  return { ...(run !== undefined && { run }), ...(fact !== undefined && { fact }) };
}
