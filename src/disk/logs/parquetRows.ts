import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, type FileMetaData } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { FailureError } from '../../core/failure';
import { unpack } from '../../core/results/unpack';
import { findColumns } from './columnNames';
import type { RowReader } from './rowReaders';

/** A page of a few bytes can claim millions of values. */
const MOST_ROWS = 50_000_000;

/** Parquet of any encoding and compression, as pandas, polars, DuckDB and Spark write it. Places are rows. */
export const readParquet: RowReader = async (source, { renamed, table, onProgress, signal }) => {
  const { file, size } = source;
  const buffer = await asyncBufferFromFile(file);
  try {
    const metadata = await parquetMetadataAsync(buffer, { geoparquet: false });
    checkRows(metadata, file);
    const names = metadata.schema.slice(1).map(({ name }) => name);
    const { found, notes } = findColumns(names, renamed, file);
    let from = 0;
    for (const group of metadata.row_groups) {
      signal?.throwIfAborted();
      const to = from + Number(group.num_rows);
      const objects = await parquetReadObjects({
        file: buffer,
        metadata,
        columns: [...found.values()],
        rowStart: from,
        rowEnd: to,
        compressors: { ...compressors, SNAPPY: unpack },
      });
      for (const [i, row] of objects.entries())
        table.add((column) => row[found.get(column) ?? ''], from + i + 1);
      onProgress?.((size * to) / Number(metadata.num_rows), size);
      from = to;
    }
    return notes;
  } catch (error) {
    if (error instanceof FailureError || signal?.aborted === true) throw error;
    throw damaged(file, error instanceof Error ? error.message : String(error));
  }
};

function checkRows(metadata: FileMetaData, file: string): void {
  const rows = Number(metadata.num_rows);
  const inGroups = metadata.row_groups.reduce((sum, { num_rows }) => sum + Number(num_rows), 0);
  if (!Number.isSafeInteger(rows) || rows < 0 || rows !== inGroups)
    throw damaged(file, 'it does not say how many rows it has');
  if (rows > MOST_ROWS) throw damaged(file, `it claims ${rows} rows`);
}

function damaged(file: string, how: string): FailureError {
  return new FailureError({
    code: 'log-damaged',
    message: `The Parquet file cannot be read: ${how}.`,
    file,
    remedy: 'Copy it again, or write it anew.',
  });
}
