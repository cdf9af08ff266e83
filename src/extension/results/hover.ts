import * as vscode from 'vscode';
import type { ProbeSummary } from '../../protocol/analysis';
import { PROBE_FILES } from '../probeFiles';
import type { Decorations } from './decorations';
import { nats, percent, signed } from './numbers';

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
      `ℓ ${nats(score.logprob)} nats per token`,
      ...(score.change === null ? [] : [`${signed(score.change)} since the first encounter's baseline`]),
      ...(score.greedy ? ['greedy decoding gives it'] : []),
      ...(score.stale ? ['the probe has changed since it was scored'] : []),
    ].join(' · '),
  );
  if (score.tokens.length > 0) {
    text.appendMarkdown('\n\n| token | probability | rank | best alternatives |\n|:--|--:|--:|:--|\n');
    for (const token of score.tokens)
      text.appendMarkdown(
        `| ${cell(token.token)} | ${percent(token.logprob)} | ${token.rank} | ${token.best
          .map((best) => `${cell(best.token)} ${percent(best.logprob)}`)
          .join(', ')} |\n`,
      );
  }
  return text;
}

/** A token as text in a table's cell: never markup, spaces visible. */
function cell(token: string): string {
  const visible = token.replace(/ /g, '␣').replace(/\n/g, '⏎').replace(/\t/g, '⇥');
  return visible.replace(/[\\`*_{}[\]()#+\-.!|<>&~"'$]/g, '\\$&');
}
