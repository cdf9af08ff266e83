import type { ColumnMetaData, Encoding, ParquetType } from 'hyparquet';
import { ByteWriter } from 'hyparquet-writer';
import { deltaBinaryPack } from 'hyparquet-writer/src/delta.js';
import { writePageHeader } from 'hyparquet-writer/src/datapage.js';
import { writeRleBitPackedHybrid } from 'hyparquet-writer/src/encoding.js';
import { writePlain } from 'hyparquet-writer/src/plain.js';
import type { Numbers } from './log';

/*
 * Pages of a log's columns, made from what is known of their order. The library's own way looks at each of 4 million
 * cells of nine columns and takes 3 s for a log of the published size; a column of ids is a few runs, one of numbers is
 * the bytes of its array.
 */

/** A column of a row group: its bytes, and what the footer says of it but for its place. */
export interface Chunk {
  readonly pieces: readonly Uint8Array[];
  readonly type: ParquetType;
  readonly encodings: readonly Encoding[];
  readonly values: number;
  /** Bytes of the dictionary page, which stands first; 0: there is none. */
  readonly dictionary: number;
}

/** What {@link Chunk} says, at its place in the file. */
export function chunkMetadata(name: string, chunk: Chunk, at: number): ColumnMetaData {
  const size = BigInt(sizeOf(chunk));
  return {
    type: chunk.type,
    encodings: [...chunk.encodings],
    path_in_schema: [name],
    codec: 'UNCOMPRESSED',
    num_values: BigInt(chunk.values),
    total_compressed_size: size,
    total_uncompressed_size: size,
    data_page_offset: BigInt(at + chunk.dictionary),
    ...(chunk.dictionary > 0 && { dictionary_page_offset: BigInt(at) }),
  };
}

function sizeOf({ pieces }: Chunk): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}

/**
 * A column of texts, each of which stands `times` times in a row.
 * @param optional whether there may be nulls
 */
export function textRuns(texts: readonly (string | null)[], times: number, optional = false): Chunk {
  const known = [...new Set(texts.filter((text) => text !== null))];
  const index = new Map(known.map((text, i) => [text, i]));
  const body = new ByteWriter();
  const width = bitsFor(known.length);
  body.appendUint8(width);
  for (const text of texts) if (text !== null) appendRun(body, index.get(text)!, times, width);
  const levels = new ByteWriter();
  if (optional) for (const text of texts) appendRun(levels, text === null ? 0 : 1, times, 1);
  const nulls = texts.filter((text) => text === null).length * times;
  return withDictionary(known, texts.length * times, body, { levels, nulls });
}

/** A column of integers that counts through `steps` again and again. */
export function repeatedSteps(steps: readonly number[], times: number): Chunk {
  const values = Array.from({ length: steps.length * times }, (_, row) => steps[row % steps.length]!);
  const body = new ByteWriter();
  deltaBinaryPack(body, values, 'INT64');
  return {
    pieces: dataPage('DELTA_BINARY_PACKED', values.length, body.getBytes()),
    type: 'INT64',
    encodings: ['DELTA_BINARY_PACKED', 'RLE'],
    values: values.length,
    dictionary: 0,
  };
}

/** A column of numbers as they lie in memory. @param missing 1 where there is a null instead */
export function numbers(values: Numbers, missing: Uint8Array | undefined): Chunk {
  const nulls = missing?.reduce((sum, each) => sum + each, 0) ?? 0;
  const levels = new ByteWriter();
  if (nulls === 0) appendRun(levels, 1, values.length, 1);
  else
    writeRleBitPackedHybrid(
      levels,
      missing!.map((each) => 1 - each),
      1,
    );
  const given = nulls === 0 ? values : values.filter((_, i) => missing![i] === 0);
  const body = new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
  return {
    pieces: dataPage('PLAIN', values.length, body, { levels, nulls }),
    type: values instanceof Float32Array ? 'FLOAT' : 'DOUBLE',
    encodings: ['PLAIN', 'RLE'],
    values: values.length,
    dictionary: 0,
  };
}

interface Levels {
  readonly levels: ByteWriter;
  readonly nulls: number;
}

function withDictionary(known: readonly string[], values: number, body: ByteWriter, levels: Levels): Chunk {
  const entries = new ByteWriter();
  writePlain(entries, [...known], 'BYTE_ARRAY', undefined);
  const size = entries.offset;
  const header = new ByteWriter();
  writePageHeader(header, {
    type: 'DICTIONARY_PAGE',
    uncompressed_page_size: size,
    compressed_page_size: size,
    dictionary_page_header: { num_values: known.length, encoding: 'PLAIN', is_sorted: false },
  });
  const dictionary = [header.getBytes(), entries.getBytes()];
  return {
    pieces: [...dictionary, ...dataPage('RLE_DICTIONARY', values, body.getBytes(), levels)],
    type: 'BYTE_ARRAY',
    encodings: ['PLAIN', 'RLE', 'RLE_DICTIONARY'],
    values,
    dictionary: header.offset + size,
  };
}

function dataPage(encoding: Encoding, values: number, body: Uint8Array, levels?: Levels): Uint8Array[] {
  const levelBytes = levels?.levels.getBytes() ?? new Uint8Array();
  const size = levelBytes.length + body.length;
  const header = new ByteWriter();
  writePageHeader(header, {
    type: 'DATA_PAGE_V2',
    uncompressed_page_size: size,
    compressed_page_size: size,
    data_page_header_v2: {
      num_values: values,
      num_nulls: levels?.nulls ?? 0,
      num_rows: values,
      encoding,
      definition_levels_byte_length: levelBytes.length,
      repetition_levels_byte_length: 0,
      is_compressed: false,
    },
  });
  return [header.getBytes(), levelBytes, body];
}

/** A run of Parquet's hybrid encoding: how often, then what. */
function appendRun(writer: ByteWriter, value: number, times: number, bits: number): void {
  writer.appendVarInt(times << 1);
  for (let byte = 0; byte < bits; byte += 8) writer.appendUint8((value >>> byte) & 0xff);
}

/** Some readers do not know indices of no bits. */
function bitsFor(values: number): number {
  return Math.max(1, 32 - Math.clz32(values - 1));
}
