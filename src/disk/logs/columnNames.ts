import { FailureError } from '../../core/failure';

/** The columns that a log of named columns may have. */
export const LOG_COLUMNS = [
  'step',
  'fact',
  'probe',
  'kind',
  'run',
  'role',
  'logprob_mean',
  'logprob_sum',
  'n_tokens',
  'logprob_first',
  'logprob_full',
  'logprob_foils',
] as const;
export type LogColumn = (typeof LOG_COLUMNS)[number];

/** Other names of columns in a file. */
export type Renamed = Readonly<Partial<Record<LogColumn, string>>>;

/**
 * Other names as the command line gives them: `step=global_step,fact=doc_id`.
 * @throws FailureError `unknown-column`
 */
export function parseRenamed(text: string): Renamed {
  const pairs = text.split(',').map((pair) => {
    const at = pair.indexOf('=');
    const name = LOG_COLUMNS.find((known) => known === pair.slice(0, at).trim());
    const own = pair.slice(at + 1).trim();
    if (at !== -1 && name !== undefined && own !== '') return [name, own] as const;
    throw new FailureError({
      code: 'unknown-column',
      message: `“${pair.trim()}” does not say which column is called what.`,
      remedy: `Write NAME=NAME IN THE FILE, with NAME one of ${LOG_COLUMNS.join(', ')}; for example step=global_step,fact=doc_id.`,
    });
  });
  return Object.fromEntries(pairs);
}

/** What a file calls the columns that it has. */
export type FoundColumns = ReadonlyMap<LogColumn, string>;

/**
 * Finds the columns of a log among those of a file.
 * @returns notes: columns that are not read
 * @throws FailureError `column-missing`
 */
export function findColumns(
  names: readonly string[],
  renamed: Renamed,
  file: string,
): { readonly found: FoundColumns; readonly notes: readonly string[] } {
  const has = new Set(names);
  const found = new Map(
    LOG_COLUMNS.map((name) => [name, renamed[name] ?? name] as const).filter(([, own]) => has.has(own)),
  );
  const lost = Object.values(renamed).find((own) => !has.has(own));
  if (lost !== undefined) throw missing(`a column “${lost}”`, names, file);
  for (const needed of ['step', 'fact', 'probe'] as const)
    if (!found.has(needed)) throw missing(`a column “${needed}”`, names, file);
  const measured = found.has('logprob_mean') || (found.has('logprob_sum') && found.has('n_tokens'));
  if (!measured) throw missing('“logprob_mean”, or “logprob_sum” with “n_tokens”', names, file);
  const read = new Set(found.values());
  // pandas' index has no name.
  const others = names.filter((name) => name !== '' && !read.has(name));
  return {
    found,
    notes: others.length === 0 ? [] : [`Columns that are not read: ${listed(others)}.`],
  };
}

function missing(what: string, names: readonly string[], file: string): FailureError {
  const other = names.find((name) => /loss|ppl|perplexity|nll/i.test(name));
  const convert =
    other === undefined
      ? ''
      : ` “${other}” is not taken for a log probability: of a loss in nats per token give logprob_mean = −loss, of a perplexity −ln of it.`;
  return new FailureError({
    code: 'column-missing',
    message: `The log needs ${what}; it has ${listed(names)}.${convert}`,
    file,
    remedy: 'Rename columns with --columns, for example --columns step=global_step,fact=doc_id.',
  });
}

const MOST_NAMED = 12;

function listed(names: readonly string[]): string {
  const some = names.slice(0, MOST_NAMED).map((name) => `“${name.slice(0, 40)}”`);
  const more = names.length - some.length;
  return (some.length === 0 ? 'none' : some.join(', ')) + (more > 0 ? ` and ${more} more` : '');
}
