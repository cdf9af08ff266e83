import { percent } from '../../core/format';
import type { TokenScore } from '../../core/results/row';

/** The tokens of a score as a Markdown table: probability, rank, best alternatives. Tokens are never markup. */
export function tokenTable(tokens: readonly TokenScore[]): string {
  const rows = tokens.map(
    ({ token, logprob, rank, best }) =>
      `| ${code(token)} | ${percent(logprob)} | ${rank} | ` +
      `${best.map((other) => `${code(other.token)} ${percent(other.logprob)}`).join(', ')} |\n`,
  );
  return `| token | probability | rank | best alternatives |\n|:--|--:|--:|:--|\n${rows.join('')}`;
}

/** A token in a code span, with its spaces to be seen. Nothing in a code span is markup, once its fence is long enough. */
function code(token: string): string {
  const visible = token
    .replaceAll(' ', '␣')
    .replace(/\r\n?|\n/g, '⏎')
    .replaceAll('\t', '⇥')
    // A table ends its cells at bars even in code.
    .replaceAll('|', '\\|');
  const runs = visible.match(/`+/g) ?? [];
  const fence = '`'.repeat(1 + Math.max(0, ...runs.map((run) => run.length)));
  const gap = runs.length > 0 || visible === '' ? ' ' : '';
  return fence + gap + visible + gap + fence;
}
