import * as vscode from 'vscode';
import type { DocumentFix } from '../../protocol/language';
import { PROBE_FILES } from '../probeFiles';
import { SOURCE } from './diagnostics';
import type { Documents } from './documents';
import { toRange } from './spans';

/** The fixes that come with problems. */
export function registerQuickFixes(documents: Documents): vscode.Disposable {
  return vscode.languages.registerCodeActionsProvider(
    PROBE_FILES,
    {
      provideCodeActions: async (document, range, context) => {
        const snapshot = await documents.current(document);
        return (snapshot?.problems ?? [])
          .filter((problem) => range.intersection(toRange(problem.span)) !== undefined)
          .flatMap((problem) => {
            const diagnostics = context.diagnostics.filter(
              (diagnostic) =>
                diagnostic.source === SOURCE &&
                diagnostic.code === problem.code &&
                diagnostic.range.isEqual(toRange(problem.span)),
            );
            return problem.fixes.map((fix) => {
              const action = toAction(document, fix, vscode.CodeActionKind.QuickFix);
              action.diagnostics = diagnostics;
              return action;
            });
          });
      },
    },
    { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] },
  );
}

/** A fix as an action on the document. */
export function toAction(
  document: vscode.TextDocument,
  fix: DocumentFix,
  kind: vscode.CodeActionKind,
): vscode.CodeAction {
  const action = new vscode.CodeAction(fix.title, kind);
  action.isPreferred = fix.preferred;
  action.edit = new vscode.WorkspaceEdit();
  action.edit.set(
    document.uri,
    fix.edits.map((edit) => new vscode.TextEdit(toRange(edit.span), edit.text)),
  );
  return action;
}
