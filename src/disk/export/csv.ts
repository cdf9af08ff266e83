import { stringify } from 'csv-stringify/sync';
import { FLAT_COLUMNS } from '../../core/results/exportColumns';
import type { ResultRow } from '../../core/results/row';

/** The line that names the columns. */
export function csvHeader(): string {
  return csv([FLAT_COLUMNS]);
}

/**
 * Rows as CSV (RFC 4180, lines end in CR LF). Numbers have all digits that are needed to read the same double again;
 * what is not known is empty.
 */
export function csvRows(rows: readonly ResultRow[]): string {
  return csv(rows.map((row) => FLAT_COLUMNS.map((name) => row[name])));
}

function csv(records: readonly (readonly unknown[])[]): string {
  return stringify([...records], {
    record_delimiter: 'windows',
    quote_record_delimiter: true,
    cast: { boolean: String },
  });
}
