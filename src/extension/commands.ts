import * as vscode from 'vscode';
import type { Config } from './config';
import { showFailure } from './failures';
import type { Documents } from './language/documents';
import type { Panels } from './panel/panels';
import { resolveTarget, type Part, type Target } from './pick';
import { activeProbeFile } from './probeFiles';
import type { Decorations } from './results/decorations';
import type { Jobs } from './scoring/jobs';
import { openSettings } from './settings';
import type { Status } from './status';

interface Parts {
  readonly documents: Documents;
  readonly jobs: Jobs;
  readonly panels: Panels;
  readonly decorations: Decorations;
  readonly status: Status;
  readonly config: Config;
  readonly log: vscode.LogOutputChannel;
}

/** The table of commands: what the palette, the lenses and the status item can do. */
export function registerCommands(parts: Parts): vscode.Disposable {
  const { documents, jobs, panels, decorations, status, config, log } = parts;

  /** A command about a part of a file; lenses pass the file's URI and ids. */
  const about = (part: Part, act: (target: Target) => unknown) => async (uri?: unknown, ids?: unknown) => {
    const target = await resolveTarget(documents, part, uri, ids);
    return target && act(target);
  };
  const score = ({ document, selection }: Target) => jobs.start(document, selection);
  const show = (chart: 'trajectories' | 'retention') => (target: Target) => {
    panels.show({ file: target.document.uri.toString(), chart, ...target.selection });
  };
  const here = (act: (document: vscode.TextDocument) => void) => () => {
    const document = activeProbeFile();
    if (document !== undefined) act(document);
  };

  const table: Record<string, (...args: readonly unknown[]) => unknown> = {
    scoreAll: about('file', score),
    scoreRun: about('run', score),
    scoreFact: about('fact', score),
    scoreProbe: about('probe', score),
    cancelScoring: () => {
      const front = activeProbeFile()?.uri;
      const scored = front !== undefined && jobs.of(front)?.state === 'running' ? front : jobs.running();
      if (scored !== undefined) jobs.cancel(scored);
    },
    showTrajectories: about('file', show('trajectories')),
    showRetention: about('file', show('retention')),
    showRunTrajectories: about('run', show('trajectories')),
    showRunRetention: about('run', show('retention')),
    showFactTrajectories: about('fact', show('trajectories')),
    showFactRetention: about('fact', show('retention')),
    clearResults: here((document) => {
      decorations.clear(document);
    }),
    toggleResults: () => config.setShowResults(!config.showResults),
    showStatusMenu: () => status.menu(),
    showLog: () => {
      log.show();
    },
    openSettings,
  };

  return vscode.Disposable.from(
    ...Object.entries(table).map(([name, act]) =>
      vscode.commands.registerCommand(`knowledgeProbes.${name}`, async (...args: readonly unknown[]) => {
        try {
          return await act(...args);
        } catch (error) {
          showFailure(log, error);
          return undefined;
        }
      }),
    ),
  );
}
