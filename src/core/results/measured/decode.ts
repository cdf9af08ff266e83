import type { ColumnMetaData, FileMetaData } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { readRleBitPackedHybrid } from 'hyparquet/src/encoding.js';
import { FailureError } from '../../failure';
import { verify, type Crc32 } from '../checksum';
import type { Column, MeasuredLog } from './log';
import { VALUE_COLUMNS } from './columns';
import { isEnded, logDamaged, logForeign, readMeasuredFooter } from './footer';
import type { MeasuredMetadata } from './encode';
import { pageFault } from '../pageCheck';

/** Rows that are read at most; a published log has 4 million. */
const MOST_ROWS = 100_000_000;

/**
 * Reads back what `encodeMeasured` wrote. Every byte is covered by the file's checksum.
 * @param file named in failures
 * @param crc32 zlib's, where there is one
 * @throws FailureError `log-damaged`, `log-foreign` (not written by `import`), `log-newer`
 */
export function decodeMeasured(
  bytes: Uint8Array,
  file: string,
  crc32: Crc32,
): { readonly log: MeasuredLog; readonly metadata: MeasuredMetadata } {
  const state = verify(bytes, crc32);
  if (state === 'damaged') throw logDamaged(file, 'its checksum does not match');
  if (state === 'unsigned' && isEnded(bytes)) throw logForeign(file);
  const { steps, loggedSteps, probes, parquet, columns, metadata } = readMeasuredFooter(bytes, file);
  const given = VALUE_COLUMNS.filter((name) => columns.includes(name));
  try {
    const pages = pageFault(bytes, parquet, given, MOST_ROWS);
    if (pages !== undefined) throw logDamaged(file, pages);
    const values = given.map((name) => {
      const column = readColumn(bytes, parquet, name);
      if (column === undefined) throw logDamaged(file, `column ${name} does not have a value for each row`);
      return [name, column] as const;
    });
    const log = { steps, loggedSteps, probes, ...Object.fromEntries(values) } as MeasuredLog;
    return { log, metadata };
  } catch (error) {
    if (error instanceof FailureError) throw error;
    throw logDamaged(file, error instanceof Error ? error.message : String(error));
  }
}

/** A column's numbers, page after page; undefined where there are not as many as there are rows. */
function readColumn(bytes: Uint8Array, footer: FileMetaData, name: string): Column | undefined {
  const rows = Number(footer.num_rows);
  const values = new Float64Array(rows);
  let missing: Uint8Array | undefined;
  let at = 0;
  for (const { columns } of footer.row_groups) {
    const chunk = columns.find(({ meta_data }) => meta_data?.path_in_schema[0] === name)?.meta_data;
    if (chunk?.codec !== 'UNCOMPRESSED' || chunk.type !== 'DOUBLE') return undefined;
    for (const page of pagesOf(bytes, chunk)) {
      if (at + page.count > rows) return undefined;
      if (page.levels === undefined) {
        if (page.body.length !== page.count * 8) return undefined;
        new Uint8Array(values.buffer, at * 8, page.body.length).set(page.body);
      } else {
        missing ??= new Uint8Array(rows);
        if (!spread(page.body, page.levels, values.subarray(at), missing.subarray(at))) return undefined;
      }
      at += page.count;
    }
  }
  return at === rows ? { values, missing } : undefined;
}

interface Page {
  readonly count: number;
  /** 0 where there is a null; undefined where there is none. */
  readonly levels: Uint8Array | undefined;
  readonly body: Uint8Array;
}

/** The pages of a chunk that `pageFault` has found sound. */
function* pagesOf(bytes: Uint8Array, chunk: ColumnMetaData): Generator<Page> {
  const start = bytes.byteOffset + Number(chunk.data_page_offset);
  const reader = { view: new DataView(bytes.buffer, start, Number(chunk.total_compressed_size)), offset: 0 };
  while (reader.offset < reader.view.byteLength - 1) {
    const { data_page_header_v2: page, compressed_page_size } = parquetHeader(reader);
    const { num_values: count, num_nulls: nulls, definition_levels_byte_length: length } = page!;
    const end = reader.offset + compressed_page_size;
    const body = new Uint8Array(bytes.buffer, start + reader.offset + length, compressed_page_size - length);
    const levels = nulls === 0 ? undefined : new Uint8Array(count);
    if (levels !== undefined) readRleBitPackedHybrid(reader, 1, levels, length);
    yield { count, levels, body };
    reader.offset = end;
  }
}

/** Puts the values where there are no nulls. @returns whether there were as many as that */
function spread(body: Uint8Array, levels: Uint8Array, values: Float64Array, missing: Uint8Array): boolean {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  let from = 0;
  for (let i = 0; i < levels.length; i++) {
    if (levels[i] === 0) {
      values[i] = NaN;
      missing[i] = 1;
    } else {
      if (from + 8 > view.byteLength) return false;
      values[i] = view.getFloat64(from, true);
      from += 8;
    }
  }
  return from === view.byteLength;
}
