import type { SchemaElement } from 'hyparquet';
import { leaf } from '../columns';
import type { MeasuredLog } from './log';

/** The columns of numbers of an imported log, in order. */
export const VALUE_COLUMNS = ['logprob_mean', 'logprob_first', 'logprob_full'] as const;
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

/** Their Parquet schema. */
export function measuredSchema(names: readonly MeasuredColumn[]): SchemaElement[] {
  return [{ name: 'root', num_children: names.length }, ...names.flatMap((name) => columns[name])];
}

export function isValueColumn(name: string): name is ValueColumn {
  return VALUE_COLUMNS.some((known) => known === name);
}
