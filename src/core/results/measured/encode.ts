import { utf8ToBytes } from '@noble/hashes/utils.js';
import type { KeyValue, RowGroup } from 'hyparquet';
import { ByteWriter } from 'hyparquet-writer';
import { writeMetadata } from 'hyparquet-writer/src/metadata.js';
import { CHECKSUM_KEY, CHECKSUM_PLACEHOLDER, sign, type Crc32 } from '../checksum';
import type { Column, MeasuredLog } from './log';
import {
  isValueColumn,
  measuredColumns,
  measuredSchema,
  singleColumns,
  type MeasuredColumn,
} from './columns';
import { LOG_FORMAT, LOG_PREFIX, type MeasuredMetadata } from './metadata';
import { chunkMetadata, numbers, repeatedSteps, textRuns, type Chunk } from './pages';

/**
 * Rows of a group, as many as pyarrow takes. Smaller ones would be read at the same time by more threads of DuckDB, but
 * a third of our own reader's time went into where the chunks of 36 groups lie.
 */
const GROUP_ROWS = 1 << 20;

/**
 * An imported log as a Parquet file in long form, a row a probe and step, by probe and then step. pandas, polars and
 * DuckDB read it as it is; our own reader takes steps and ids from the footer and the columns of numbers as they lie in
 * memory. A column whose values all are float32 is written as such. `null` and `NaN` stay apart.
 * @param crc32 zlib's, where there is one
 * @returns the file's bytes in pieces, some of them views into the log's columns
 */
export function* encodeMeasured(
  log: MeasuredLog,
  metadata: MeasuredMetadata,
  crc32: Crc32,
): Generator<Uint8Array> {
  const names = measuredColumns(log);
  const single = singleColumns(log);
  const atOnce = Math.max(1, Math.floor(GROUP_ROWS / Math.max(1, log.steps.length)));
  const groups: RowGroup[] = [];
  let written = 0;
  let sum = 0;
  const passed = (piece: Uint8Array) => {
    written += piece.length;
    if (piece.length > 0) sum = crc32(piece, sum);
    return piece;
  };
  yield passed(MAGIC);
  const chunksOf = columnsOf(log, metadata.run, single);
  for (let from = 0; from < log.probes.length && log.steps.length > 0; from += atOnce) {
    const to = Math.min(from + atOnce, log.probes.length);
    const start = written;
    const columns: RowGroup['columns'] = [];
    for (const name of names) {
      const chunk = chunksOf(name, from, to);
      columns.push({ file_offset: BigInt(written), meta_data: chunkMetadata(name, chunk, written) });
      for (const piece of chunk.pieces) yield passed(piece);
    }
    const size = BigInt(written - start);
    const rows = BigInt((to - from) * log.steps.length);
    groups.push({ columns, total_byte_size: size, total_compressed_size: size, num_rows: rows });
  }
  const end = new ByteWriter();
  writeMetadata(end, {
    version: 2,
    created_by: 'knowledge-probes',
    metadata_length: 0,
    schema: measuredSchema(names, single),
    num_rows: groups.reduce((rows, { num_rows }) => rows + num_rows, 0n),
    row_groups: groups,
    key_value_metadata: keyValues(log, metadata),
  });
  end.appendBytes(MAGIC);
  const footer = end.getBytes();
  sign(footer, crc32, sum);
  yield footer;
}

const MAGIC = utf8ToBytes('PAR1');

/** The columns of a row group, those of the steps made once for all groups of one size. */
function columnsOf(log: MeasuredLog, run: string, single: ReadonlySet<MeasuredColumn>) {
  const known = new Map<string, Chunk>();
  const steps = (name: 'step' | 'logged_step', probes: number): Chunk => {
    const key = `${name} ${probes}`;
    const chunk = known.get(key) ?? repeatedSteps(name === 'step' ? log.steps : log.loggedSteps, probes);
    known.set(key, chunk);
    return chunk;
  };
  const times = log.steps.length;
  return (name: MeasuredColumn, from: number, to: number): Chunk => {
    const probes = log.probes.slice(from, to);
    if (isValueColumn(name)) return valuesOf(log[name]!, from * times, to * times, single.has(name));
    switch (name) {
      case 'run':
        return textRuns([run], times * probes.length);
      case 'step':
      case 'logged_step':
        return steps(name, probes.length);
      case 'kind':
        return textRuns(
          probes.map(({ kind }) => kind ?? null),
          times,
          true,
        );
      case 'fact':
      case 'probe':
        return textRuns(
          probes.map((probe) => probe[name]),
          times,
        );
    }
  };
}

function valuesOf({ values, missing }: Column, from: number, to: number, single: boolean): Chunk {
  const some = values.subarray(from, to);
  const exact = single && some instanceof Float64Array ? new Float32Array(some) : some;
  return numbers(exact, missing?.subarray(from, to));
}

function keyValues({ steps, loggedSteps, probes }: MeasuredLog, metadata: MeasuredMetadata): KeyValue[] {
  const ids = probes.map(({ fact, probe, kind }) => [fact, probe, kind ?? null]);
  return [
    { key: `${LOG_PREFIX}format`, value: LOG_FORMAT },
    { key: `${LOG_PREFIX}run`, value: metadata.run },
    { key: `${LOG_PREFIX}steps`, value: JSON.stringify(steps) },
    { key: `${LOG_PREFIX}logged_steps`, value: JSON.stringify(loggedSteps) },
    { key: `${LOG_PREFIX}probes`, value: JSON.stringify(ids) },
    ...Object.entries(metadata.settings).map(([key, value]) => ({
      key: `${LOG_PREFIX}setting.${key}`,
      value,
    })),
    { key: CHECKSUM_KEY, value: CHECKSUM_PLACEHOLDER },
  ];
}
