import {
  asyncBufferFromFile,
  parquetMetadataAsync,
  type AsyncBuffer,
  type FileMetaData,
  type RowGroup,
} from 'hyparquet';
import { parquetReadColumn } from 'hyparquet/src/read.js';
import { compressors as packages } from 'hyparquet-compressors';
import { FailureError } from '../../core/failure';
import { unpack } from '../../core/results/unpack';
import { findColumns } from './columnNames';
import { columnFault } from './parquetCheck';
import type { RowReader } from './rowReaders';

/** Rows of a row group: it is read at once. Programs write a tenth of that. */
const MOST_ROWS = 10_000_000;

const compressors = { ...packages, SNAPPY: unpack };

/** Parquet of any encoding and compression, as pandas, polars, DuckDB and Spark write it. Places are rows. */
export const readParquet: RowReader = async (source, { renamed, table, onProgress, signal }) => {
  const { file, size } = source;
  const buffer = await asyncBufferFromFile(file);
  try {
    const metadata = await parquetMetadataAsync(buffer, { geoparquet: false });
    const names = metadata.schema
      .filter(({ num_children }) => num_children === undefined)
      .map(({ name }) => name);
    const { found, notes } = findColumns(names, renamed, file);
    let from = 0;
    for (const group of metadata.row_groups) {
      signal?.throwIfAborted();
      const to = from + rowsOf(group, file);
      const columns = new Map<string, ArrayLike<unknown>>();
      for (const [name, own] of found) {
        await check(own, group, metadata, buffer, file);
        const range = { rowStart: from, rowEnd: to };
        const column = await parquetReadColumn({
          file: buffer,
          metadata,
          columns: [own],
          compressors,
          ...range,
        });
        if (column.length !== to - from) throw damaged(file, `column ${own} has another number of rows`);
        columns.set(name, column);
      }
      for (let i = 0; i < to - from; i++) table.add((column) => columns.get(column)?.[i], from + i + 1);
      onProgress?.((size * to) / Number(metadata.num_rows), size);
      from = to;
    }
    return notes;
  } catch (error) {
    if (error instanceof FailureError || signal?.aborted === true) throw error;
    throw damaged(file, error instanceof Error ? error.message : String(error));
  }
};

function rowsOf(group: RowGroup, file: string): number {
  const rows = Number(group.num_rows);
  if (!Number.isSafeInteger(rows) || rows < 0 || rows > MOST_ROWS)
    throw damaged(file, `a row group claims ${rows} rows`);
  return rows;
}

/** @throws FailureError where the column is nested, or reading it would cost more than its size warrants */
async function check(
  name: string,
  group: RowGroup,
  { schema }: FileMetaData,
  buffer: AsyncBuffer,
  file: string,
): Promise<void> {
  const chunk = group.columns.find(({ meta_data }) => meta_data?.path_in_schema[0] === name)?.meta_data;
  const repetition = schema.find((element) => element.name === name)?.repetition_type;
  if (chunk?.path_in_schema.length !== 1 || repetition === undefined || repetition === 'REPEATED')
    throw damaged(file, `column ${name} is nested`);
  const { data_page_offset, dictionary_page_offset } = chunk;
  // 0 stands for none.
  const start = Number(
    dictionary_page_offset !== undefined && dictionary_page_offset > 0n
      ? dictionary_page_offset
      : data_page_offset,
  );
  const end = start + Number(chunk.total_compressed_size);
  if (!(start >= 0 && start < end && end <= buffer.byteLength))
    throw damaged(file, `column ${name} lies outside the file`);
  const bytes = new Uint8Array(await buffer.slice(start, end));
  const fault = columnFault(bytes, chunk, repetition === 'OPTIONAL', Number(group.num_rows), compressors);
  if (fault !== undefined) throw damaged(file, `column ${name}: ${fault}`);
}

function damaged(file: string, how: string): FailureError {
  return new FailureError({
    code: 'log-damaged',
    message: `The Parquet file cannot be read: ${how}.`,
    file,
    remedy: 'Copy it again, or write it anew.',
  });
}
