import { stringify } from 'csv-stringify/sync';
import { COLUMN_NAMES } from '../core/results/columns';
import type { ScoreRow } from '../core/results/row';

/** The columns of a results folder but for the token tables, which are no figures of a flat table. */
export const CSV_COLUMNS = COLUMN_NAMES.filter((name) => name !== 'tokens');

/** The line that names the columns. */
export function csvHeader(): string {
  return csv([CSV_COLUMNS]);
}

/**
 * Rows as CSV (RFC 4180, lines end in CR LF). Numbers have all digits that are needed to read the same double again;
 * what is not known is empty.
 */
export function csvRows(rows: readonly ScoreRow[]): string {
  return csv(rows.map((row) => CSV_COLUMNS.map((name) => row[name])));
}

function csv(records: readonly (readonly unknown[])[]): string {
  return stringify([...records], {
    record_delimiter: 'windows',
    // The package looks for whole line ends only, and programs take either half for one.
    quoted_match: /[\r\n]/,
    cast: { boolean: String },
  });
}
