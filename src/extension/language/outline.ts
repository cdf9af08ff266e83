import * as vscode from 'vscode';
import type { Anchor } from '../../protocol/language';
import { PROBE_FILES } from '../probeFiles';
import type { Documents } from './documents';
import { toRange } from './spans';

/** Outline, breadcrumbs and "Go to Symbol". */
export function registerOutline(documents: Documents): vscode.Disposable {
  return vscode.languages.registerDocumentSymbolProvider(PROBE_FILES, {
    provideDocumentSymbols: async (document) => {
      const snapshot = await documents.current(document);
      if (snapshot === undefined) return [];
      return [
        ...snapshot.runs.map((run) => toSymbol(run, vscode.SymbolKind.Event)),
        ...snapshot.facts.map((fact) => {
          const symbol = toSymbol(fact, vscode.SymbolKind.Class);
          symbol.children = fact.probes.map((probe) => toSymbol(probe, vscode.SymbolKind.Field));
          return symbol;
        }),
      ];
    },
  });
}

function toSymbol({ id, detail, span, selection }: Anchor, kind: vscode.SymbolKind): vscode.DocumentSymbol {
  // An empty name makes VS Code reject the whole outline.
  const name = id === '' ? '(no id)' : id;
  return new vscode.DocumentSymbol(name, detail, kind, toRange(span), toRange(selection));
}
