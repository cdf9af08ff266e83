import * as path from 'node:path';
import * as vscode from 'vscode';
import { PROBE_KINDS } from '../../core/probes/model';
import { CHARTS, type PanelApi, type PanelHostApi, type PanelState } from '../../protocol/panel';
import { connect } from '../../protocol/rpc';
import { createPanelHost, type PanelParts } from './host';
import { pageHtml, pageRoots } from './html';
import type { Disposable } from '../disposable';

const VIEW_TYPE = 'knowledgeProbes.panel';

/** The charts' panels: one a probe file. */
export interface Panels extends Disposable {
  /** Opens the file's panel, or turns it to this. */
  show(state: PanelState): void;
}

interface Panel {
  readonly view: vscode.WebviewPanel;
  readonly page: Pick<ReturnType<typeof connect<PanelApi, PanelHostApi>>, 'changed' | 'show'>;
  state: PanelState;
}

/** Opens panels, brings them back after a reload, and tells them when results change. */
export function createPanels(extension: vscode.Uri, parts: PanelParts): Panels {
  const panels = new Set<Panel>();

  const adopt = (view: vscode.WebviewPanel, state: PanelState) => {
    view.webview.options = { enableScripts: true, localResourceRoots: pageRoots(extension) };
    view.iconPath = vscode.Uri.joinPath(extension, 'media', 'icon.png');
    const turn = (next: PanelState) => {
      panel.state = next;
      view.title = titleOf(next);
    };
    const host = createPanelHost(parts, () => panel.state, turn);
    const page = connect<PanelApi, PanelHostApi>(
      {
        // It may be closed while an answer is on its way.
        post: (message) => {
          if (panels.has(panel)) void view.webview.postMessage(message);
        },
        listen: (receive) => view.webview.onDidReceiveMessage(receive),
      },
      host,
    );
    const panel: Panel = { view, page, state };
    turn(state);
    panels.add(panel);
    view.onDidDispose(() => {
      panels.delete(panel);
      page.$close();
    });
    view.webview.html = pageHtml(view.webview, extension);
  };

  const openOf = (file: string) => [...panels].find((panel) => panel.state.file === file);
  const tellChanged = (file: vscode.Uri) => {
    for (const panel of panels) if (panel.state.file === file.toString()) void panel.page.changed.asEvent();
  };

  const subscriptions = [
    parts.summaries.onDidChange((document) => {
      tellChanged(document.uri);
    }),
    // A panel may outlive its file's editor; then only the job tells of new results.
    parts.jobs.onDidChange(tellChanged),
    // Only the panels' figures depend on it.
    parts.config.onDidChange(() => {
      for (const { page } of panels) void page.changed.asEvent();
    }, 'analysis.outlierFence'),
    vscode.window.registerWebviewPanelSerializer(VIEW_TYPE, {
      deserializeWebviewPanel: (view, saved: unknown) => {
        if (isPanelState(saved) && openOf(saved.file) === undefined) adopt(view, saved);
        else view.dispose();
        return Promise.resolve();
      },
    }),
  ];

  return {
    show: (state) => {
      const open = openOf(state.file);
      if (open === undefined) {
        adopt(vscode.window.createWebviewPanel(VIEW_TYPE, titleOf(state), vscode.ViewColumn.Beside), state);
        return;
      }
      open.state = state;
      open.view.reveal();
      void open.page.show.asEvent(state);
    },
    dispose: () => {
      vscode.Disposable.from(...subscriptions).dispose();
    },
  };
}

function titleOf({ file, run, fact }: PanelState): string {
  return fact ?? run ?? path.posix.basename(vscode.Uri.parse(file).path).replace(/\.probes\.ya?ml$/i, '');
}

/** What VS Code kept for a panel comes from disk: it may be of an older version, or nothing at all. */
function isPanelState(value: unknown): value is PanelState {
  if (typeof value !== 'object' || value === null) return false;
  const { file, run, fact, kind, chart } = value as Partial<Record<keyof PanelState, unknown>>;
  return (
    typeof file === 'string' &&
    (run === undefined || typeof run === 'string') &&
    (fact === undefined || typeof fact === 'string') &&
    (kind === undefined || PROBE_KINDS.some((name) => name === kind)) &&
    CHARTS.some((name) => name === chart)
  );
}
