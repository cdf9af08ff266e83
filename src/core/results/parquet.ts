import type { KeyValue } from 'hyparquet';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { parquetWriteBuffer, type ColumnSource } from 'hyparquet-writer';
import { FailureError, type Failure } from '../failure';
import { CHECKSUM_KEY, CHECKSUM_PLACEHOLDER, sign, verify } from './checksum';
import { COLUMN_NAMES, ENCODING, SCHEMA, type ColumnName } from './columns';
import type { Part, PartMetadata } from './part';
import type { ResultRow, ScoreRow } from './row';
import { pageFault } from './pageCheck';
import { rowFrom, schemaFault, unsound } from './rowCheck';
import { unpack } from './unpack';

const FORMAT = '1';
const PREFIX = 'knowledge-probes.';
const SETTING = `${PREFIX}setting.`;

/**
 * A part as a Parquet file that pandas, polars and DuckDB read as it is (DESIGN section 5).
 * @throws FailureError `score-not-finite` when a number that is to be stored is none
 */
export function encodePart({ rows, metadata }: Part): Uint8Array {
  for (const row of rows) {
    const fault = unsound(row);
    if (fault !== undefined) {
      throw new FailureError({
        code: 'score-not-finite',
        message: `The score of ${row.fact}/${row.probe} cannot be kept: ${fault}.`,
        place: `run ${row.run}, step ${row.step}`,
        remedy: 'The checkpoint gives numbers that are not finite; export it again or leave it out.',
      });
    }
  }
  const bytes = new Uint8Array(
    parquetWriteBuffer({
      schema: SCHEMA,
      columnData: columnsOf(rows).map((column) => ({ ...column, encoding: ENCODING })),
      kvMetadata: keyValues(metadata),
      rowGroupSize: Math.max(1, rows.length),
      createdBy: 'knowledge-probes',
    }),
  );
  sign(bytes);
  return bytes;
}

/** Rows as the columns of a results folder. */
export function columnsOf(rows: readonly ResultRow[]): ColumnSource[] {
  return COLUMN_NAMES.map((name) => ({
    name,
    data: name === 'step' ? rows.map((row) => BigInt(row.step)) : rows.map((row) => row[name]),
  }));
}

/**
 * Reads back what {@link encodePart} wrote. Every byte is covered by the part's checksum.
 * @param file named in failures
 * @param tokens whether to read the token tables too, by far the largest column; else rows have none
 * @throws FailureError `part-damaged`, `part-foreign` (not written by this program), `part-newer`
 */
export async function decodePart(
  bytes: Uint8Array,
  file: string,
  { tokens = true }: { tokens?: boolean } = {},
): Promise<Part> {
  const state = verify(bytes);
  if (state === 'damaged') throw damaged(file, 'its checksum does not match');
  if (!isWhole(bytes)) throw damaged(file, 'it is cut off or no Parquet file');
  if (state === 'unsigned') {
    throw failure('part-foreign', file, 'The file was not written by Knowledge Probes.', {
      remedy: 'Move it out of the results folder, or bring its numbers in with "import".',
    });
  }
  try {
    return await parse(bytes, file, tokens);
  } catch (error) {
    // The bytes are as they were written, so whoever wrote them wrote nonsense: still no reason to crash.
    if (error instanceof FailureError) throw error;
    throw damaged(file, error instanceof Error ? error.message : String(error));
  }
}

async function parse(bytes: Uint8Array, file: string, tokens: boolean): Promise<Part> {
  // Looking for geometry, the library follows numbers of children before anyone can check them.
  const metadata = parquetMetadata(bytes, { geoparquet: false });
  const values = new Map(metadata.key_value_metadata?.map(({ key, value }) => [key, value ?? '']));
  if (values.get(`${PREFIX}format`) !== FORMAT) {
    throw failure('part-newer', file, 'The file was written by another version of Knowledge Probes.', {
      place: `format ${values.get(`${PREFIX}format`) ?? 'missing'}`,
      remedy: 'Use that version, or score again into another results folder.',
    });
  }
  const fault = schemaFault(metadata.schema, SCHEMA);
  if (fault !== undefined) throw damaged(file, fault);
  const columns = COLUMN_NAMES.filter((name) => tokens || name !== 'tokens');
  const pages = pageFault(bytes, metadata, columns);
  if (pages !== undefined) throw damaged(file, pages);
  const objects = await parquetReadObjects({
    file: toArrayBuffer(bytes),
    metadata,
    columns,
    compressors: { SNAPPY: unpack },
  });
  if (BigInt(objects.length) !== metadata.num_rows) throw damaged(file, 'rows are missing');
  const rows: ScoreRow[] = objects.map((object, i) => {
    const row = rowFrom(object as Partial<Record<ColumnName, unknown>>, tokens);
    if (typeof row === 'string') throw damaged(file, row, `row ${i + 1}`);
    return row;
  });
  return { metadata: metadataFrom(values), rows };
}

function keyValues({ scorer, settings }: PartMetadata): KeyValue[] {
  return [
    { key: `${PREFIX}format`, value: FORMAT },
    ...Object.entries(scorer ?? {}).map(([key, value]) => ({ key: PREFIX + key, value: String(value) })),
    ...Object.entries(settings).map(([key, value]) => ({ key: SETTING + key, value })),
    { key: CHECKSUM_KEY, value: CHECKSUM_PLACEHOLDER },
  ];
}

function metadataFrom(values: ReadonlyMap<string, string>): PartMetadata {
  const model = values.get(`${PREFIX}model`);
  const tokenizer = values.get(`${PREFIX}tokenizer`);
  const options = values.get(`${PREFIX}options`);
  const settings = [...values].flatMap(([key, value]) =>
    key.startsWith(SETTING) ? [[key.slice(SETTING.length), value] as const] : [],
  );
  return {
    scorer:
      model === undefined || tokenizer === undefined || options === undefined
        ? null
        : { model, tokenizer, options },
    settings: Object.fromEntries(settings),
  };
}

/** Whether there is a Parquet file's beginning, and its end. */
function isWhole(bytes: Uint8Array): boolean {
  return bytes.length >= 12 && hasMagic(bytes, 0) && hasMagic(bytes, bytes.length - 4);
}

/** Whether `PAR1` stands there. */
export function hasMagic(bytes: Uint8Array, at: number): boolean {
  return [0x50, 0x41, 0x52, 0x31].every((byte, i) => bytes[at + i] === byte);
}

/** A file read with Node lies in a pool of many files' bytes, which the reader must not see. */
function toArrayBuffer(bytes: Uint8Array): ArrayBuffer {
  return bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength
    ? bytes.buffer
    : new Uint8Array(bytes).buffer;
}

function damaged(file: string, how: string, place?: string): FailureError {
  return failure('part-damaged', file, `The results in this file are damaged: ${how}.`, {
    ...(place !== undefined && { place }),
    remedy: 'Score again: what is in it will be scored anew, all else is kept.',
  });
}

function failure(code: string, file: string, message: string, more: Partial<Failure>): FailureError {
  return new FailureError({ code, message, file, ...more });
}
