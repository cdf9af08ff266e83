import * as vscode from 'vscode';
import type { Severity } from '../../core/probes/problem';
import type { DocumentProblem } from '../../protocol/language';
import { LANGUAGE } from '../probeFiles';
import type { Documents } from './documents';
import { toRange } from './spans';

const SEVERITIES: Record<Severity, vscode.DiagnosticSeverity> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  information: vscode.DiagnosticSeverity.Information,
};

/** The name that stands behind each message in the list of problems. */
export const SOURCE = 'knowledge-probes';

/** Problems while typing. */
export function registerDiagnostics(documents: Documents): vscode.Disposable {
  const collection = vscode.languages.createDiagnosticCollection(LANGUAGE);
  return vscode.Disposable.from(
    collection,
    documents.onDidAnalyze(({ document, snapshot }) => {
      collection.set(document.uri, reported(document, snapshot.problems).map(toDiagnostic));
    }),
    documents.onDidClose((document) => {
      collection.delete(document.uri);
    }),
  );
}

/** Structure is left to the YAML extension where it checks this document against the contributed schema. */
function reported(
  document: vscode.TextDocument,
  problems: readonly DocumentProblem[],
): readonly DocumentProblem[] {
  const yaml = document.languageId === 'yaml' && vscode.extensions.getExtension('redhat.vscode-yaml');
  return yaml ? problems.filter((problem) => problem.class === 'meaning') : problems;
}

function toDiagnostic(problem: DocumentProblem): vscode.Diagnostic {
  const diagnostic = new vscode.Diagnostic(
    toRange(problem.span),
    problem.message,
    SEVERITIES[problem.severity],
  );
  diagnostic.code = problem.code;
  diagnostic.source = SOURCE;
  return diagnostic;
}
