import type { SchemaElement } from 'hyparquet';
import { CONDITIONS, PROBE_KINDS } from '../probes/model';
import type { ColumnName } from './columns';
import { ROLES, type ScoreRow, type TokenAlternative, type TokenScore } from './row';

/** What differs between a file's columns and those wanted, in words; undefined when nothing does. */
export function schemaFault(
  found: readonly SchemaElement[],
  wanted: readonly SchemaElement[],
): string | undefined {
  for (const [i, want] of wanted.entries()) {
    const have = found[i];
    if (i > 0 && have?.name !== want.name) return `column ${want.name} is missing`;
    if (have?.type !== want.type) return `column ${want.name} has the wrong type`;
    // Parts of before logprob_full was a matter of asking always have it.
    const always = want.repetition_type === 'OPTIONAL' && have?.repetition_type === 'REQUIRED';
    if (i > 0 && have?.repetition_type !== want.repetition_type && !always) {
      return `column ${want.name} is ${have?.repetition_type ?? 'undefined'}`;
    }
    if (have?.num_children !== want.num_children) return `column ${want.name} has the wrong fields`;
  }
  return found.length > wanted.length ? 'it has other columns' : undefined;
}

/** What is wrong with a row's numbers, in words; undefined when they can be computed with. */
export function unsound(row: ScoreRow): string | undefined {
  for (const name of ['logprob_mean', 'logprob_sum', 'logprob_first', 'logprob_full'] as const) {
    if (name === 'logprob_full' && row[name] === null) continue;
    if (!Number.isFinite(row[name])) return `${name} is ${row[name]}`;
  }
  for (const name of ['step', 'index', 'n_tokens', 'n_bytes'] as const) {
    if (!Number.isSafeInteger(row[name]) || row[name] < 0) return `${name} is ${row[name]}`;
  }
  for (const token of row.tokens) {
    // A masked alternative has probability zero; the token itself has been checked as part of the mean.
    for (const { logprob } of [token, ...token.best]) {
      if (Number.isNaN(logprob) || logprob === Infinity) return `the logprob of a token is ${logprob}`;
    }
    if (!Number.isInteger(token.rank) || token.rank < 1) return `the rank of a token is ${token.rank}`;
  }
  return undefined;
}

/** A row from what a Parquet reader gave, or what is wrong with it, in words. */
export function rowFrom(
  columns: Partial<Record<ColumnName, unknown>>,
  withTokens: boolean,
): ScoreRow | string {
  const tokens = withTokens ? tokensFrom(columns.tokens) : [];
  const condition = columns.condition ?? null;
  // Name by name: of a spread V8 would make each row a hidden class of its own, twice the row's size and slow to read.
  const row: Partial<Record<ColumnName, unknown>> = {
    run: columns.run,
    step: Number(columns.step),
    fact: columns.fact,
    probe: columns.probe,
    kind: columns.kind,
    condition,
    role: columns.role,
    index: columns.index,
    text: columns.text,
    n_tokens: columns.n_tokens,
    n_bytes: columns.n_bytes,
    logprob_mean: columns.logprob_mean,
    logprob_sum: columns.logprob_sum,
    logprob_first: columns.logprob_first,
    logprob_full: columns.logprob_full ?? null,
    greedy: columns.greedy,
    tokens,
    key: columns.key,
  };
  for (const name of ['run', 'fact', 'probe', 'text', 'key'] as const) {
    if (typeof row[name] !== 'string') return `${name} is no text`;
  }
  if (!PROBE_KINDS.some((kind) => kind === row.kind)) return 'kind is unknown';
  if (!ROLES.some((role) => role === row.role)) return 'role is unknown';
  if (condition !== null && !CONDITIONS.some((known) => known === condition)) return 'condition is unknown';
  if (typeof row.greedy !== 'boolean') return 'greedy is neither true nor false';
  if (tokens === undefined) return 'tokens is no list of tokens';
  // Everything has been looked at but the numbers, which are looked at next.
  const sound = row as unknown as ScoreRow;
  return unsound(sound) ?? sound;
}

function tokensFrom(value: unknown): TokenScore[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const sound = value.every(
    (token: Partial<TokenScore> | null) =>
      Array.isArray(token?.best) && isAlternative(token) && token.best.every(isAlternative),
  );
  return sound ? (value as TokenScore[]) : undefined;
}

function isAlternative(value: Partial<TokenAlternative> | null): boolean {
  return (
    typeof value?.id === 'number' && typeof value.token === 'string' && typeof value.logprob === 'number'
  );
}
