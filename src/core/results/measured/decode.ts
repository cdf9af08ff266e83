import type { ColumnMetaData, FileMetaData } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { readRleBitPackedHybrid } from 'hyparquet/src/encoding.js';
import { verify, type Crc32 } from '../checksum';
import type { MeasuredLog, Numbers } from './log';
import { VALUE_COLUMNS, type ValueColumn } from './columns';
import { logDamaged, logForeign, readMeasuredFooter } from './footer';
import type { MeasuredMetadata } from './metadata';
import { chunkFault } from '../pageCheck';
import { readEnd, type ByteSource } from './source';

/** Rows that are read at most; a published log has 4 million. */
const MOST_ROWS = 100_000_000;
/** Bytes that are read at a time where nothing but the checksum asks for them. */
const PIECE = 1 << 20;

/**
 * Reads back what `encodeMeasured` wrote, once from beginning to end. Every byte is covered by the file's checksum.
 * @param file named in failures
 * @param crc32 zlib's, where there is one
 * @param wanted columns that are kept; the others are as if they were not there
 * @throws FailureError `log-damaged`, `log-foreign` (not written by `import`), `log-newer`; what the source throws
 */
export async function decodeMeasured(
  source: ByteSource,
  file: string,
  crc32: Crc32,
  wanted: readonly ValueColumn[] = VALUE_COLUMNS,
): Promise<{ readonly log: MeasuredLog; readonly metadata: MeasuredMetadata }> {
  const footer = await readEnd(source);
  const { steps, loggedSteps, probes, parquet, columns, metadata } = readMeasuredFooter(footer, file);
  if (parquet.num_rows > MOST_ROWS) throw logDamaged(file, 'it claims too many rows');
  const values = wanted.filter((name) => columns.includes(name)).map((name) => emptyColumn(name, parquet));
  const chunks = chunksOf(parquet, values);
  if (chunks === undefined) throw logDamaged(file, 'a column does not have a value for each row');
  let [at, sum] = [0, 0];
  const next = async (length: number): Promise<Uint8Array> => {
    const bytes = await source.read(at, length);
    at += length;
    sum = crc32(bytes, sum);
    return bytes;
  };
  const passTo = async (end: number): Promise<void> => {
    while (at < end) await next(Math.min(PIECE, end - at));
  };
  for (const chunk of chunks) {
    const { start, length } = chunk;
    if (start < at || length < 0 || start + length > source.size)
      throw logDamaged(file, 'a column lies elsewhere');
    await passTo(start);
    const fault = readChunk(await next(length), chunk, parquet);
    if (fault !== undefined) throw logDamaged(file, fault);
  }
  await passTo(source.size - footer.length);
  const state = verify(footer, crc32, sum);
  if (state === 'unsigned') throw logForeign(file);
  if (state === 'damaged') throw logDamaged(file, 'its checksum does not match');
  const named = Object.fromEntries(values.map(({ name, column }) => [name, column]));
  return { log: { steps, loggedSteps, probes, ...named } as MeasuredLog, metadata };
}

/** A column that is filled chunk by chunk. */
interface Growing {
  readonly name: ValueColumn;
  readonly column: { readonly values: Numbers; missing: Uint8Array | undefined };
}

function emptyColumn(name: ValueColumn, { num_rows, schema }: FileMetaData): Growing {
  const single = schema.some((element) => element.name === name && element.type === 'FLOAT');
  const rows = Number(num_rows);
  return {
    name,
    column: { values: single ? new Float32Array(rows) : new Float64Array(rows), missing: undefined },
  };
}

/** A column's numbers of one row group. */
interface Chunk extends Growing {
  readonly metadata: ColumnMetaData;
  /** Where it stands in the file, bytes. */
  readonly start: number;
  readonly length: number;
  /** The first of the column's rows that it has. */
  readonly row: number;
}

/** All chunks of the columns, in the file's order; undefined where one has not as many numbers as there are rows. */
function chunksOf({ row_groups, num_rows }: FileMetaData, columns: readonly Growing[]): Chunk[] | undefined {
  const chunks: Chunk[] = [];
  for (const { name, column } of columns) {
    let row = 0;
    for (const group of row_groups) {
      const found = group.columns.find(({ meta_data }) => meta_data?.path_in_schema[0] === name);
      const metadata = found?.meta_data;
      const type = column.values instanceof Float32Array ? 'FLOAT' : 'DOUBLE';
      if (metadata?.codec !== 'UNCOMPRESSED' || metadata.type !== type) return undefined;
      if (metadata.dictionary_page_offset !== undefined) return undefined;
      if (metadata.num_values !== group.num_rows) return undefined;
      const [start, length] = [Number(metadata.data_page_offset), Number(metadata.total_compressed_size)];
      chunks.push({ name, column, metadata, start, length, row });
      row += Number(group.num_rows);
    }
    if (row !== Number(num_rows)) return undefined;
  }
  return chunks.sort((a, b) => a.start - b.start);
}

/** Puts a chunk's numbers into their column. @returns what is wrong with it, in words */
function readChunk(
  bytes: Uint8Array,
  { metadata, column, row }: Chunk,
  { schema }: FileMetaData,
): string | undefined {
  try {
    const fault = chunkFault(bytes, metadata, schema);
    if (fault !== undefined) return fault;
    let at = row;
    for (const { count, levels, body } of pagesOf(bytes)) {
      const values = column.values.subarray(at, at + count);
      if (levels === undefined) {
        if (body.length !== values.byteLength) return 'a page has another size';
        new Uint8Array(values.buffer, values.byteOffset, body.length).set(body);
      } else {
        column.missing ??= new Uint8Array(column.values.length);
        if (!spread(body, levels, values, column.missing.subarray(at))) return 'a page has another size';
      }
      at += count;
    }
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

interface Page {
  readonly count: number;
  /** 0 where there is a null; undefined where there is none. */
  readonly levels: Uint8Array | undefined;
  readonly body: Uint8Array;
}

/** The pages of a chunk that `chunkFault` has found sound. */
function* pagesOf(bytes: Uint8Array): Generator<Page> {
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), offset: 0 };
  while (reader.offset < bytes.length - 1) {
    const { data_page_header_v2: page, compressed_page_size } = parquetHeader(reader);
    const { num_values: count, num_nulls: nulls, definition_levels_byte_length: length } = page!;
    const end = reader.offset + compressed_page_size;
    const body = bytes.subarray(reader.offset + length, end);
    const levels = nulls === 0 ? undefined : new Uint8Array(count);
    if (levels !== undefined) readRleBitPackedHybrid(reader, 1, levels, length);
    yield { count, levels, body };
    reader.offset = end;
  }
}

/** Puts the values where there are no nulls. @returns whether there were as many as that */
function spread(body: Uint8Array, levels: Uint8Array, values: Numbers, missing: Uint8Array): boolean {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const size = values.BYTES_PER_ELEMENT;
  let from = 0;
  for (let i = 0; i < levels.length; i++) {
    if (levels[i] === 0) {
      values[i] = NaN;
      missing[i] = 1;
    } else {
      if (from + size > view.byteLength) return false;
      values[i] = size === 4 ? view.getFloat32(from, true) : view.getFloat64(from, true);
      from += size;
    }
  }
  return from === view.byteLength;
}
