import { basename, resolve } from 'node:path';
import type { MeasuredLog } from '../../core/results/measured/log';
import { FailureError } from '../../core/failure';
import { mistakesIn } from '../mistakes';
import { loadProbeFile } from '../probeFiles';
import type { Renamed } from './columnNames';
import { writeLog } from './writeLog';
import { readParquet } from './parquetRows';
import { namePublished, nameRows, type Names } from './probeIds';
import { readPublishedLog } from './published';
import { readCsv, readJsonLines, readJsonRows, type RowReader } from './rowReaders';
import { createRowTable } from './rowTable';
import type { LogFormat } from './sniff';
import type { LogSource, ReadLogOptions } from './source';

export interface LogImport extends ReadLogOptions {
  readonly source: LogSource;
  readonly format: LogFormat;
  /** Folder to write. */
  readonly out: string;
  /** Probe file with the ids. */
  readonly probes?: string | undefined;
  /** Id of the run: written into the rows; of a log with several, the one that is taken. */
  readonly run?: string | undefined;
  readonly renamed?: Renamed | undefined;
}

/** What was imported. */
export interface ImportedLog {
  /** Absolute path of the log. */
  readonly file: string;
  readonly format: LogFormat;
  /** Absolute path of the folder that `log:` of a run is to name. */
  readonly out: string;
  readonly run: string;
  readonly facts: number;
  readonly probes: number;
  /** Steps, updates completed; of a published log the entries' indices. */
  readonly steps: number;
  readonly firstStep: number;
  readonly lastStep: number;
  /** As the log numbers them. */
  readonly firstLoggedStep: number;
  readonly lastLoggedStep: number;
  /** Mean log probabilities: measured, null or without a row, and NaN. */
  readonly values: number;
  readonly missing: number;
  readonly nan: number;
  /** Whether a log that was in the folder has been replaced. */
  readonly replaced: boolean;
  /** What does not fit or is left out, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * Brings a training log into a folder that a run's `log` can name (DESIGN sections 4 and 10).
 * @throws FailureError for a log that cannot be read, naming the place; `probes-mismatch`; what {@link loadProbeFile}
 * and {@link writeLog} throw. The signal's reason; nothing is written then
 */
export async function importLog(request: LogImport): Promise<ImportedLog> {
  const { source, format, signal } = request;
  const out = resolve(request.out);
  const names = request.probes === undefined ? undefined : await namesFrom(request.probes);
  const {
    log,
    notes,
    run = runOf(out),
  } = await (format === 'published'
    ? fromPublished(request, names)
    : fromRows(request, READERS[format], names));
  signal?.throwIfAborted();
  const replaced = await writeLog(out, log, {
    run,
    settings: { source: basename(source.file), sourceFormat: format },
  });
  return {
    file: source.file,
    format,
    out,
    run,
    facts: new Set(log.probes.map(({ fact }) => fact)).size,
    probes: log.probes.length,
    steps: log.steps.length,
    firstStep: log.steps[0]!,
    lastStep: log.steps.at(-1)!,
    firstLoggedStep: log.loggedSteps[0]!,
    lastLoggedStep: log.loggedSteps.at(-1)!,
    ...countsOf(log),
    replaced,
    notes,
  };
}

const READERS: Readonly<Record<Exclude<LogFormat, 'published'>, RowReader>> = {
  json: readJsonRows,
  jsonl: readJsonLines,
  csv: readCsv,
  parquet: readParquet,
};

interface Read {
  readonly log: MeasuredLog;
  readonly run?: string | undefined;
  readonly notes: readonly string[];
}

async function fromPublished(request: LogImport, names: Names | undefined): Promise<Read> {
  if (request.renamed !== undefined)
    throw new FailureError({
      code: 'no-columns',
      message: 'A published log has no columns to be renamed.',
      file: request.source.file,
      remedy: 'Leave --columns out.',
    });
  const { log: published, notes } = await readPublishedLog(request.source, request);
  const named = namePublished(published, names);
  return { log: named.log, run: request.run, notes: [...notes, ...named.notes] };
}

async function fromRows(request: LogImport, read: RowReader, names: Names | undefined): Promise<Read> {
  const { source, format, renamed = {}, run: wanted, ...options } = request;
  const table = createRowTable({
    file: source.file,
    place: format === 'parquet' ? 'row' : format === 'json' ? 'entry' : 'line',
    run: wanted,
    textual: format === 'csv',
  });
  const ofColumns = await read(source, { ...options, renamed, table });
  const { log, run, notes } = table.finish();
  const named = nameRows(log, names);
  return { log: named.log, run, notes: [...ofColumns, ...notes, ...named.notes] };
}

async function namesFrom(path: string): Promise<Names> {
  const loaded = await loadProbeFile(path);
  const mistakes = mistakesIn(loaded);
  if (mistakes !== undefined) throw new FailureError(mistakes);
  return { path: loaded.path, file: loaded.whole };
}

/** The folder's name: `paper-7b` of `paper-7b.scores`. */
function runOf(out: string): string {
  return basename(out).replace(/\.scores$/i, '');
}

function countsOf({
  logprob_mean: { values, missing },
}: MeasuredLog): Pick<ImportedLog, 'values' | 'missing' | 'nan'> {
  const nulls = missing?.reduce((sum, each) => sum + each, 0) ?? 0;
  let none = 0;
  for (const value of values) if (Number.isNaN(value)) none++;
  return { values: values.length - none, missing: nulls, nan: none - nulls };
}
