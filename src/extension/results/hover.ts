import * as vscode from 'vscode';
import type { ProbeSummary } from '../../protocol/analysis';
import { PROBE_FILES } from '../probeFiles';
import type { Decorations } from './decorations';
import { decimal, signed } from '../../core/format';
import { tokenTable } from './tokenTable';

/** The tokens behind a score, over the line on which it stands. */
export function registerHover(decorations: Decorations): vscode.Disposable {
  return vscode.languages.registerHoverProvider(PROBE_FILES, {
    provideHover: (document, position) => {
      const found = decorations.of(document).find(({ line }) => line === position.line);
      return found && new vscode.Hover(found.scores.map(describe));
    },
  });
}

function describe(score: ProbeSummary): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  text.appendMarkdown('**');
  text.appendText(`${score.run}, step ${score.step}`);
  text.appendMarkdown('** ');
  text.appendText(
    [
      `ℓ ${decimal(score.logprob)} nats per token`,
      ...(score.change === null ? [] : [`${signed(score.change)} since the first encounter's baseline`]),
      ...(score.greedy ? ['greedy decoding gives it'] : []),
      ...(score.stale ? ['the probe has changed since it was scored'] : []),
    ].join(' · '),
  );
  if (score.tokens.length > 0) text.appendMarkdown(`\n\n${tokenTable(score.tokens)}`);
  return text;
}
