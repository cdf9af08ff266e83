import type { Encoding, ParquetType, SchemaElement } from 'hyparquet';

const STRING = { converted_type: 'UTF8', logical_type: { type: 'STRING' } } as const;

export function leaf(name: string, type: ParquetType | 'STRING', optional = false): SchemaElement[] {
  const repetition_type = optional ? ('OPTIONAL' as const) : ('REQUIRED' as const);
  return [
    type === 'STRING'
      ? { name, type: 'BYTE_ARRAY', repetition_type, ...STRING }
      : { name, type, repetition_type },
  ];
}

/** Parquet's three-level list of structs, which pandas, polars and DuckDB show as list<struct>. */
function structs(name: string, ...fields: readonly SchemaElement[][]): SchemaElement[] {
  return [
    {
      name,
      repetition_type: 'REQUIRED',
      converted_type: 'LIST',
      logical_type: { type: 'LIST' },
      num_children: 1,
    },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', repetition_type: 'REQUIRED', num_children: fields.length },
    ...fields.flat(),
  ];
}

const alternative = [leaf('id', 'INT32'), leaf('token', 'STRING'), leaf('logprob', 'DOUBLE')] as const;

/** The columns of a results folder (DESIGN section 5), in order, each with its Parquet schema. */
const columns = {
  run: leaf('run', 'STRING'),
  step: leaf('step', 'INT64'),
  fact: leaf('fact', 'STRING'),
  probe: leaf('probe', 'STRING'),
  kind: leaf('kind', 'STRING'),
  condition: leaf('condition', 'STRING', true),
  role: leaf('role', 'STRING'),
  index: leaf('index', 'INT32'),
  text: leaf('text', 'STRING'),
  n_tokens: leaf('n_tokens', 'INT32'),
  n_bytes: leaf('n_bytes', 'INT32'),
  logprob_mean: leaf('logprob_mean', 'DOUBLE'),
  logprob_sum: leaf('logprob_sum', 'DOUBLE'),
  logprob_first: leaf('logprob_first', 'DOUBLE'),
  logprob_full: leaf('logprob_full', 'DOUBLE', true),
  greedy: leaf('greedy', 'BOOLEAN'),
  tokens: structs('tokens', ...alternative, leaf('rank', 'INT32'), structs('best', ...alternative)),
  key: leaf('key', 'STRING'),
};

export type ColumnName = keyof typeof columns;
export const COLUMN_NAMES = Object.keys(columns) as readonly ColumnName[];

/**
 * The only encoding used. Snappy finds repeated texts as well as a dictionary does, and without dictionaries and runs a
 * small file cannot claim to hold billions of values.
 */
export const ENCODING = 'PLAIN' as const satisfies Encoding;

/** The whole schema, depth first, as Parquet wants it. */
export const SCHEMA: SchemaElement[] = [
  { name: 'root', num_children: COLUMN_NAMES.length },
  ...Object.values(columns).flat(),
];
