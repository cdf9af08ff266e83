import type { ColumnMetaData, Compressors } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { decompressPage } from 'hyparquet/src/datapage.js';
import { readRleBitPackedHybrid } from 'hyparquet/src/encoding.js';
import { areRuns } from '../../core/results/pageCheck';

/** Bytes of a page unpacked; programs write pages of a megabyte. */
const LARGEST_PAGE = 1 << 28;

/**
 * Looks over a column of a row group before it is read: the reader believes what counts and run lengths say, so that a
 * single changed byte can make it fill the memory.
 * @param bytes the column's
 * @param optional whether it may have nulls
 * @param rows of the row group
 * @returns what is wrong, in words; undefined when reading costs no more than the column's size warrants
 * @throws RangeError for anything that points outside the column; what unpacking throws
 */
export function columnFault(
  bytes: Uint8Array,
  chunk: ColumnMetaData,
  optional: boolean,
  rows: number,
  compressors: Compressors,
): string | undefined {
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), offset: 0 };
  let left = rows;
  while (left > 0) {
    if (reader.offset >= bytes.length - 1) return 'a column has too few values';
    const { type, ...header } = parquetHeader(reader);
    const { compressed_page_size: packed, uncompressed_page_size: unpacked } = header;
    if (!isSize(packed) || !isSize(unpacked) || reader.offset + packed > bytes.length)
      return 'a page has an impossible size';
    const content = bytes.subarray(reader.offset, reader.offset + packed);
    reader.offset += packed;
    const unpack = (part: Uint8Array, length: number) =>
      decompressPage(part, length, chunk.codec, compressors);
    if (type === 'DICTIONARY_PAGE') {
      const count = header.dictionary_page_header?.num_values;
      const page = unpack(content, unpacked);
      if (!isSize(count) || count * bytesOf(chunk.type) > page.length)
        return 'a dictionary claims too many values';
      continue;
    }
    const [v1, v2] = [header.data_page_header, header.data_page_header_v2];
    const count = v1?.num_values ?? v2?.num_values;
    if (!isSize(count) || count > left) return 'a page claims too many values';
    left -= count;
    let values: Uint8Array;
    let levels: Uint8Array | undefined;
    if (type === 'DATA_PAGE' && v1 !== undefined) {
      values = unpack(content, unpacked);
      if (optional) {
        const length = new DataView(values.buffer, values.byteOffset, values.length).getUint32(0, true);
        levels = values.subarray(4, 4 + length);
        values = values.subarray(4 + length);
      }
    } else if (type === 'DATA_PAGE_V2' && v2 !== undefined) {
      const lengths = [v2.repetition_levels_byte_length, v2.definition_levels_byte_length];
      if (!lengths.every(isSize)) return 'the levels of a page are wrong';
      const start = lengths[0]! + lengths[1]!;
      if (start > packed || start > unpacked) return 'the levels of a page are wrong';
      if (optional) levels = content.subarray(lengths[0], start);
      const body = content.subarray(start);
      values = v2.is_compressed === false ? body : unpack(body, unpacked - start);
    } else return 'a page is of an unknown kind';
    const given = levels === undefined ? count : countGiven(levels, count);
    if (given === undefined) return 'the levels of a page are wrong';
    // The reader believes the header's number of nulls.
    if (v2 !== undefined && v2.num_nulls !== count - given) return 'a page claims another number of nulls';
    const encoding = v1?.encoding ?? v2?.encoding;
    if (encoding === 'RLE_DICTIONARY' || encoding === 'PLAIN_DICTIONARY') {
      const bits = values[0] ?? 0;
      const runs = new DataView(values.buffer, values.byteOffset + 1, Math.max(0, values.length - 1));
      if (given > 0 && (bits > 32 || (bits > 0 && !areRuns(runs, given, bits))))
        return 'the references of a page are wrong';
    } else if (given * (encoding === 'PLAIN' ? bytesOf(chunk.type) : 0) > values.length)
      return 'a page has too few values';
  }
  return undefined;
}

/** How many values are not null; undefined where the levels make no sense. */
function countGiven(levels: Uint8Array, count: number): number | undefined {
  const view = new DataView(levels.buffer, levels.byteOffset, levels.length);
  if (!areRuns(view, count, 1)) return undefined;
  const all = new Uint8Array(count);
  readRleBitPackedHybrid({ view, offset: 0 }, 1, all, levels.length);
  return all.reduce((sum, each) => sum + each, 0);
}

/** Bytes that a value takes at least when it is written plainly. */
function bytesOf(type: ColumnMetaData['type']): number {
  return type === 'INT64' || type === 'DOUBLE' ? 8 : type === 'BOOLEAN' ? 0 : 4;
}

/** A corrupt Thrift field has any type at all, so that every number is looked at before it is used. */
function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= LARGEST_PAGE;
}
