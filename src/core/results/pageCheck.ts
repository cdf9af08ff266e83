import type { ColumnMetaData, FileMetaData, SchemaElement } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { readVarInt } from 'hyparquet/src/thrift.js';
import { ENCODING } from './columns';

/** Far more than a part can hold; 64-bit counts from a hostile file are cut to size before anything is allocated. */
const MOST_ROWS = 10_000_000;
const MOST_VALUES = 500_000_000;
/** Bytes of a page unpacked; written are pages of 1 MB. */
const LARGEST_PAGE = 1 << 28;

/**
 * Looks over a Parquet file's pages before they are read: the reader believes what counts and run lengths say, so that a
 * few bytes could keep it busy for hours. Only plain pages are let through.
 * @param columns names of the columns that will be read
 * @returns what is wrong, in words; undefined when reading costs no more than the file's size warrants
 * @throws RangeError for anything that points outside the file
 */
export function pageFault(
  bytes: Uint8Array,
  metadata: FileMetaData,
  columns: readonly string[],
  mostRows = MOST_ROWS,
): string | undefined {
  if (metadata.num_rows < 0n || metadata.num_rows > mostRows) return 'it claims too many rows';
  for (const group of metadata.row_groups) {
    for (const { meta_data: chunk } of group.columns) {
      if (!columns.includes(chunk?.path_in_schema[0] ?? '')) continue;
      if (chunk === undefined || chunk.dictionary_page_offset !== undefined)
        return 'a column has a dictionary';
      const start = Number(chunk.data_page_offset);
      const end = Math.min(start + Number(chunk.total_compressed_size), bytes.length);
      const fault = chunkFault(bytes.subarray(start, end), chunk, metadata.schema);
      if (fault !== undefined) return fault;
    }
  }
  return undefined;
}

/**
 * The same of a column of one row group, without a dictionary.
 * @param bytes the column's
 * @throws RangeError for anything that points outside of them
 */
export function chunkFault(
  bytes: Uint8Array,
  { path_in_schema: path, num_values: values }: ColumnMetaData,
  schema: readonly SchemaElement[],
): string | undefined {
  if (values < 0n || values > MOST_VALUES) return 'a column claims too many values';
  const repetition = path.filter((name) => name === 'list').length;
  const optional = schema.some(
    ({ name, repetition_type }) => name === path[0] && repetition_type === 'OPTIONAL',
  );
  return pagesFault(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), Number(values), {
    repetition,
    definition: repetition + (optional ? 1 : 0),
  });
}

interface Levels {
  readonly repetition: number;
  readonly definition: number;
}

function pagesFault(view: DataView, values: number, levels: Levels): string | undefined {
  const reader = { view, offset: 0 };
  let left = values;
  while (reader.offset < view.byteLength - 1) {
    const header = parquetHeader(reader);
    const page = header.data_page_header_v2;
    // A corrupt Thrift field has any type at all, so that every number is looked at before it is used.
    if (header.type !== 'DATA_PAGE_V2' || page?.encoding !== ENCODING) return 'a page is of another kind';
    const sizes = [
      header.compressed_page_size,
      header.uncompressed_page_size,
      page.num_values,
      page.num_nulls,
      page.repetition_levels_byte_length,
      page.definition_levels_byte_length,
    ];
    if (!sizes.every((size) => Number.isInteger(size) && size >= 0 && size <= LARGEST_PAGE)) {
      return 'a page has an impossible size';
    }
    left -= page.num_values;
    if (left < 0 || page.num_nulls > page.num_values) return 'a page claims too many values';
    let at = reader.offset;
    for (const [length, most] of [
      [page.repetition_levels_byte_length, levels.repetition],
      [page.definition_levels_byte_length, levels.definition],
    ] as const) {
      if (
        most > 0 &&
        !areRuns(
          new DataView(view.buffer, view.byteOffset + at, length),
          page.num_values,
          32 - Math.clz32(most),
        )
      ) {
        return 'the levels of a page are wrong';
      }
      at += length;
    }
    reader.offset += header.compressed_page_size;
    if (reader.offset > view.byteLength || at > reader.offset) return 'a page ends outside its column';
  }
  return left === 0 ? undefined : 'a column has too few values';
}

/**
 * Whether the runs of Parquet's hybrid encoding give just so many numbers. Bit-packed ones come in eights, and some
 * programs fill them up; what they claim lies there in bytes.
 */
export function areRuns(view: DataView, count: number, bits: number): boolean {
  const reader = { view, offset: 0 };
  let left = count;
  while (left > 0) {
    const header = readVarInt(reader);
    const packed = (header & 1) === 1;
    const values = packed ? (header >>> 1) * 8 : header >>> 1;
    if (!packed && values > left) return false;
    reader.offset += packed ? (header >>> 1) * bits : (bits + 7) >> 3;
    if (reader.offset > view.byteLength) return false;
    left -= values;
  }
  return true;
}
