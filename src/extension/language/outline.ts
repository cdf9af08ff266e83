import * as vscode from 'vscode';
import type { Anchor } from '../../protocol/language';
import { PROBE_FILES } from '../probeFiles';
import type { Documents } from './documents';
import { toRange } from './spans';

/** With more entries, VS Code would take longer to unpack them than a keystroke may; facts alone are shown then. */
const MOST_PROBES = 2000;

/** Outline, breadcrumbs and "Go to Symbol". */
export function registerOutline(documents: Documents): vscode.Disposable {
  return vscode.languages.registerDocumentSymbolProvider(PROBE_FILES, {
    provideDocumentSymbols: async (document) => {
      const snapshot = await documents.current(document);
      if (snapshot === undefined) return [];
      const probes = snapshot.facts.reduce((sum, fact) => sum + fact.probes.length, 0);
      return [
        ...snapshot.runs.map((run) => toSymbol(run, vscode.SymbolKind.Event)),
        ...snapshot.facts.map((fact) => {
          const symbol = toSymbol(fact, vscode.SymbolKind.Class);
          if (probes <= MOST_PROBES)
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
