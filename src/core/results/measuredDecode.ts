import { parquetMetadata, type ColumnMetaData, type FileMetaData } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { readRleBitPackedHybrid } from 'hyparquet/src/encoding.js';
import { FailureError } from '../failure';
import { PROBE_KINDS } from '../probes/model';
import { verify, type Crc32 } from './checksum';
import type { Column, MeasuredLog, MeasuredProbe } from './measured';
import { measuredSchema, VALUE_COLUMNS, type MeasuredColumn } from './measuredColumns';
import { LOG_FORMAT, LOG_PREFIX, type MeasuredMetadata } from './measuredParquet';
import { pageFault } from './pageCheck';
import { isWhole } from './parquet';
import { schemaFault } from './rowCheck';

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
  if (state === 'damaged') throw damaged(file, 'its checksum does not match');
  if (!isWhole(bytes)) throw damaged(file, 'it is cut off or no Parquet file');
  if (state === 'unsigned') throw foreign(file);
  try {
    return parse(bytes, file);
  } catch (error) {
    if (error instanceof FailureError) throw error;
    throw damaged(file, error instanceof Error ? error.message : String(error));
  }
}

function parse(bytes: Uint8Array, file: string): { log: MeasuredLog; metadata: MeasuredMetadata } {
  const footer = parquetMetadata(bytes, { geoparquet: false });
  const said = new Map(footer.key_value_metadata?.map(({ key, value }) => [key, value ?? '']));
  const format = said.get(`${LOG_PREFIX}format`);
  if (format === undefined) throw foreign(file);
  if (format !== LOG_FORMAT) {
    throw new FailureError({
      code: 'log-newer',
      message: 'This log was imported by another version of Knowledge Probes.',
      file,
      place: `format ${format}`,
      remedy: 'Use that version, or import the log again.',
    });
  }
  const names = footer.schema.slice(1).map(({ name }) => name) as MeasuredColumn[];
  const fault = schemaFault(footer.schema, measuredSchema(names)) ?? missingColumn(names);
  if (fault !== undefined) throw damaged(file, fault);
  const steps = stepsFrom(said.get(`${LOG_PREFIX}steps`));
  const loggedSteps = stepsFrom(said.get(`${LOG_PREFIX}logged_steps`));
  const probes = probesFrom(said.get(`${LOG_PREFIX}probes`));
  if (steps === undefined || loggedSteps?.length !== steps.length || probes === undefined)
    throw damaged(file, 'what it says of its steps and probes makes no sense');
  if (steps.some((step, i) => i > 0 && step <= steps[i - 1]!)) throw damaged(file, 'its steps do not ascend');
  if (footer.num_rows !== BigInt(steps.length * probes.length)) throw damaged(file, 'rows are missing');
  const given = VALUE_COLUMNS.filter((name) => names.includes(name));
  const pages = pageFault(bytes, footer, given, MOST_ROWS);
  if (pages !== undefined) throw damaged(file, pages);
  const columns = given.map((name) => [name, readColumn(bytes, footer, name)] as const);
  const wrong = columns.find(([, column]) => column === undefined);
  if (wrong !== undefined) throw damaged(file, `column ${wrong[0]} does not have a value for each row`);
  const values = Object.fromEntries(columns) as Pick<MeasuredLog, (typeof VALUE_COLUMNS)[number]>;
  const run = said.get(`${LOG_PREFIX}run`) ?? '';
  const settings = [...said].flatMap(([key, value]) => {
    const setting = `${LOG_PREFIX}setting.`;
    return key.startsWith(setting) ? [[key.slice(setting.length), value]] : [];
  });
  return {
    log: { steps, loggedSteps, probes, ...values },
    metadata: { run, settings: Object.fromEntries(settings) as Record<string, string> },
  };
}

function missingColumn(names: readonly MeasuredColumn[]): string | undefined {
  const needed = ['run', 'step', 'logged_step', 'fact', 'probe', 'logprob_mean'] as const;
  const missing = needed.find((name) => !names.includes(name));
  return missing === undefined ? undefined : `column ${missing} is missing`;
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

function stepsFrom(text: string | undefined): number[] | undefined {
  const steps: unknown = JSON.parse(text ?? 'null');
  if (!Array.isArray(steps) || !steps.every((step) => Number.isSafeInteger(step))) return undefined;
  return steps as number[];
}

function probesFrom(text: string | undefined): MeasuredProbe[] | undefined {
  const ids: unknown = JSON.parse(text ?? 'null');
  if (!Array.isArray(ids)) return undefined;
  const probes = ids.map((each: unknown): MeasuredProbe | undefined => {
    const [fact, probe, given] = Array.isArray(each) ? (each as unknown[]) : [];
    if (typeof fact !== 'string' || typeof probe !== 'string') return undefined;
    const kind = PROBE_KINDS.find((known) => known === given);
    return { fact, probe, ...(kind !== undefined && { kind }) };
  });
  return probes.every((probe) => probe !== undefined) ? probes : undefined;
}

function damaged(file: string, how: string): FailureError {
  return new FailureError({
    code: 'log-damaged',
    message: `This imported log is damaged: ${how}.`,
    file,
    remedy: 'Import the training log again.',
  });
}

function foreign(file: string): FailureError {
  return new FailureError({
    code: 'log-foreign',
    message: 'This file was not written by “import”.',
    file,
    remedy: 'Bring its numbers in first: knowledge-probes import FILE --out NAME.scores',
  });
}
