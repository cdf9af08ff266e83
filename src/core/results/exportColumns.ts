import type { SchemaElement } from 'hyparquet';
import type { ColumnSource } from 'hyparquet-writer';
import { COLUMN_NAMES, leaf, SCHEMA } from './columns';
import { columnsOf } from './parquet';
import type { ResultRow } from './row';

/**
 * The columns of an exported table that are figures or short texts: those of a results folder but for the token
 * tables, and the step as a training log numbers it.
 */
export const FLAT_COLUMNS = [
  ...COLUMN_NAMES.filter((name) => name !== 'tokens'),
  'logged_step',
] as const satisfies readonly (keyof ResultRow)[];

/** What imported logs do not say. */
const UNKNOWN_IN_LOGS = new Set<string>([
  'n_tokens',
  'n_bytes',
  'logprob_mean',
  'logprob_sum',
  'logprob_first',
  'logprob_full',
  'greedy',
  'key',
] satisfies (keyof ResultRow)[]);

/** The Parquet schema of an exported table: all columns of a results folder, those of logs empty where they say nothing. */
export const EXPORT_SCHEMA: SchemaElement[] = [
  { name: 'root', num_children: COLUMN_NAMES.length + 1 },
  ...SCHEMA.slice(1).map((element) =>
    UNKNOWN_IN_LOGS.has(element.name) ? { ...element, repetition_type: 'OPTIONAL' as const } : element,
  ),
  ...leaf('logged_step', 'INT64', true),
];

/** Rows as columns of {@link EXPORT_SCHEMA}, in whatever encoding the writer finds best: others are to read them. */
export function exportColumnsOf(rows: readonly ResultRow[]): ColumnSource[] {
  const logged = rows.map(({ logged_step: step }) => (step === undefined ? null : BigInt(step)));
  return [...columnsOf(rows), { name: 'logged_step', data: logged }];
}
