import * as vscode from 'vscode';
import type { LanguageApi } from '../../protocol/language';
import { PROBE_FILES } from '../probeFiles';
import type { Thread } from '../workers/thread';
import type { Documents } from './documents';
import { toAction } from './quickFixes';

/** What can be marked at the cursor or made of the selection: a probe from a passage's words, kind, condition, tags. */
export function registerAnnotations(documents: Documents, worker: Thread<LanguageApi>): vscode.Disposable {
  return vscode.languages.registerCodeActionsProvider(
    PROBE_FILES,
    {
      provideCodeActions: async (document, { start, end }) => {
        const snapshot = await documents.current(document);
        if (snapshot === undefined) return [];
        const fixes = await worker.remote().annotations(snapshot.uri, snapshot.version, { start, end });
        return fixes.map((fix) => toAction(document, fix, vscode.CodeActionKind.RefactorRewrite));
      },
    },
    { providedCodeActionKinds: [vscode.CodeActionKind.RefactorRewrite] },
  );
}
