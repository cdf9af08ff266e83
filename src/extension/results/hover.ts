import * as vscode from 'vscode';
import { decimal, signed } from '../../core/format';
import type { TokenScore } from '../../core/results/row';
import type { AnalysisApi, ProbeSummary } from '../../protocol/analysis';
import type { Config } from '../config';
import { PROBE_FILES } from '../probeFiles';
import type { Thread } from '../workers/thread';
import type { Decorations } from './decorations';
import { tokenTable } from './tokenTable';

/** The tokens behind a score, over the line on which it stands. */
export function registerHover(
  decorations: Decorations,
  worker: Thread<AnalysisApi>,
  config: Config,
): vscode.Disposable {
  return vscode.languages.registerHoverProvider(PROBE_FILES, {
    provideHover: async (document, position) => {
      const found = decorations.of(document).find(({ line }) => line === position.line);
      if (found === undefined) return undefined;
      const results = config.resultsFolder(document.uri);
      const texts = found.scores.map(async (score) =>
        describe(score, await worker.remote().tokens(results, score)),
      );
      return new vscode.Hover(await Promise.all(texts));
    },
  });
}

function describe(score: ProbeSummary, tokens: readonly TokenScore[]): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  text.appendMarkdown('**');
  text.appendText(`${score.run}, step ${score.step}`);
  text.appendMarkdown('** ');
  text.appendText(
    [
      `ℓ ${decimal(score.logprob)} nats per token`,
      ...(score.change === null ? [] : [`${signed(score.change)} since the first encounter's baseline`]),
      ...(score.greedy === true ? ['greedy decoding gives it'] : []),
      ...(score.stale ? ['the probe or the model has changed since it was scored'] : []),
    ].join(' · '),
  );
  if (tokens.length > 0) text.appendMarkdown(`\n\n${tokenTable(tokens)}`);
  return text;
}
