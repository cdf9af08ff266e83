import type { SchemaElement } from 'hyparquet';
import { leaf } from '../columns';
import type { MeasuredLog, Numbers } from './log';

/** The columns of numbers of an imported log, in order. */
export const VALUE_COLUMNS = ['logprob_mean', 'logprob_first', 'logprob_full', 'logprob_foils'] as const;
export type ValueColumn = (typeof VALUE_COLUMNS)[number];

const columns = {
  run: leaf('run', 'STRING'),
  step: leaf('step', 'INT64'),
  logged_step: leaf('logged_step', 'INT64'),
  fact: leaf('fact', 'STRING'),
  probe: leaf('probe', 'STRING'),
  kind: leaf('kind', 'STRING', true),
  logprob_mean: leaf('logprob_mean', 'DOUBLE', true),
  logprob_first: leaf('logprob_first', 'DOUBLE', true),
  logprob_full: leaf('logprob_full', 'DOUBLE', true),
  logprob_foils: leaf('logprob_foils', 'DOUBLE', true),
};
export type MeasuredColumn = keyof typeof columns;

/** The columns that a log's file has: those of a results folder, as far as the log knows them, and the logged step. */
export function measuredColumns(log: MeasuredLog): MeasuredColumn[] {
  return (Object.keys(columns) as MeasuredColumn[]).filter((name) =>
    name === 'kind'
      ? log.probes.some(({ kind }) => kind !== undefined)
      : !isValueColumn(name) || log[name] !== undefined,
  );
}

/**
 * Their Parquet schema.
 * @param single the columns of numbers that are float32
 */
export function measuredSchema(
  names: readonly MeasuredColumn[],
  single: ReadonlySet<MeasuredColumn>,
): SchemaElement[] {
  const typed = names.flatMap((name) => (single.has(name) ? leaf(name, 'FLOAT', true) : columns[name]));
  return [{ name: 'root', num_children: names.length }, ...typed];
}

/** The columns of numbers all of whose values are float32: as such they lose nothing. */
export function singleColumns(log: MeasuredLog): Set<ValueColumn> {
  return new Set(VALUE_COLUMNS.filter((name) => log[name] !== undefined && isSingle(log[name].values)));
}

function isSingle(values: Numbers): boolean {
  if (values instanceof Float32Array) return true;
  for (const value of values) {
    if (Math.fround(value) !== value && !Number.isNaN(value)) return false;
  }
  return true;
}

export function isValueColumn(name: string): name is ValueColumn {
  return VALUE_COLUMNS.some((known) => known === name);
}
