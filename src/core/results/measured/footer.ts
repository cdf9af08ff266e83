import { parquetMetadata, type FileMetaData } from 'hyparquet';
import { FailureError } from '../../failure';
import { PROBE_KINDS } from '../../probes/model';
import type { MeasuredLog, MeasuredProbe } from './log';
import { isValueColumn, measuredSchema, type MeasuredColumn } from './columns';
import { LOG_FORMAT, LOG_PREFIX, type MeasuredMetadata } from './metadata';
import { hasMagic } from '../parquet';
import { schemaFault } from '../rowCheck';

/** What an imported log's file says at its end: all but the numbers. */
export interface MeasuredFooter extends Pick<MeasuredLog, 'steps' | 'loggedSteps' | 'probes'> {
  readonly parquet: FileMetaData;
  readonly columns: readonly MeasuredColumn[];
  readonly metadata: MeasuredMetadata;
}

/**
 * Reads the footer of what `encodeMeasured` wrote; the checksum is not looked at.
 * @param bytes the file, or its end with the whole footer
 * @param file named in failures
 * @throws FailureError `log-damaged`, `log-foreign`, `log-newer`
 */
export function readMeasuredFooter(bytes: Uint8Array, file: string): MeasuredFooter {
  if (!isEnded(bytes)) throw logDamaged(file, 'it is cut off or no Parquet file');
  try {
    return parse(bytes, file);
  } catch (error) {
    if (error instanceof FailureError) throw error;
    throw logDamaged(file, error instanceof Error ? error.message : String(error));
  }
}

function parse(bytes: Uint8Array, file: string): MeasuredFooter {
  const parquet = parquetMetadata(bytes, { geoparquet: false });
  const said = new Map(parquet.key_value_metadata?.map(({ key, value }) => [key, value ?? '']));
  const format = said.get(`${LOG_PREFIX}format`);
  if (format === undefined) throw logForeign(file);
  if (format !== LOG_FORMAT) {
    throw new FailureError({
      code: 'log-newer',
      message: 'This log was imported by another version of Knowledge Probes.',
      file,
      place: `format ${format}`,
      remedy: 'Use that version, or import the log again.',
    });
  }
  const columns = parquet.schema.slice(1).map(({ name }) => name) as MeasuredColumn[];
  const single = columns.filter((name, i) => isValueColumn(name) && parquet.schema[i + 1]!.type === 'FLOAT');
  const fault =
    schemaFault(parquet.schema, measuredSchema(columns, new Set(single))) ?? missingColumn(columns);
  if (fault !== undefined) throw logDamaged(file, fault);
  const steps = stepsFrom(said.get(`${LOG_PREFIX}steps`));
  const loggedSteps = stepsFrom(said.get(`${LOG_PREFIX}logged_steps`));
  const probes = probesFrom(said.get(`${LOG_PREFIX}probes`));
  if (steps === undefined || loggedSteps?.length !== steps.length || probes === undefined)
    throw logDamaged(file, 'what it says of its steps and probes makes no sense');
  if (steps.some((step, i) => i > 0 && step <= steps[i - 1]!))
    throw logDamaged(file, 'its steps do not ascend');
  if (parquet.num_rows !== BigInt(steps.length * probes.length)) throw logDamaged(file, 'rows are missing');
  const setting = `${LOG_PREFIX}setting.`;
  const settings = [...said].flatMap(([key, value]) =>
    key.startsWith(setting) ? [[key.slice(setting.length), value] as const] : [],
  );
  const metadata = { run: said.get(`${LOG_PREFIX}run`) ?? '', settings: Object.fromEntries(settings) };
  return { steps, loggedSteps, probes, parquet, columns, metadata };
}

/** Whether the end is that of a Parquet file. */
export function isEnded(bytes: Uint8Array): boolean {
  return bytes.length >= 8 && hasMagic(bytes, bytes.length - 4);
}

function missingColumn(names: readonly MeasuredColumn[]): string | undefined {
  const needed = ['run', 'step', 'logged_step', 'fact', 'probe', 'logprob_mean'] as const;
  const missing = needed.find((name) => !names.includes(name));
  return missing === undefined ? undefined : `column ${missing} is missing`;
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

export function logDamaged(file: string, how: string): FailureError {
  return new FailureError({
    code: 'log-damaged',
    message: `This imported log is damaged: ${how}.`,
    file,
    remedy: 'Import the training log again.',
  });
}

export function logForeign(file: string): FailureError {
  return new FailureError({
    code: 'log-foreign',
    message: 'This file was not written by “import”.',
    file,
    remedy: 'Bring its numbers in first: knowledge-probes import FILE --out NAME.scores',
  });
}
