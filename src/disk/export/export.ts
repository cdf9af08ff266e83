import { createWriteStream } from 'node:fs';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import { FailureError } from '../../core/failure';
import type { FoilChooser } from '../../core/probes/foils';
import { injectionLines, probeLines } from '../../core/probes/forTraining';
import type { ProbeFile } from '../../core/probes/model';
import { FORMAT_VERSION, isNewer } from '../../core/probes/parse';
import { selectedRuns } from '../../core/probes/selection';
import { csvHeader, csvRows } from './csv';
import { EXPORT_SCHEMA, exportColumnsOf } from '../../core/results/exportColumns';
import type { ResultRow } from '../../core/results/row';
import { loadSchedules } from '../injections';
import { mistakesIn } from '../mistakes';
import { loadProbeFile } from '../probeFiles';

/**
 * The injections of a file's runs as JSONL, run by run and by step (`export --what injections`).
 * @param path of the probe file
 * @throws FailureError for a file, or one of its schedules, that does not say all: a training loop would miss the rest.
 * `unknown-run`, `text-missing`
 */
export async function* exportInjections(path: string, selection: { run?: string }): AsyncGenerator<string> {
  const file = await soundFile(path);
  const { files, problems } = await loadSchedules(file, dirname(path));
  const [problem] = problems;
  if (problem !== undefined) throw new FailureError(problem.failure);
  for (const run of selectedRuns(path, file, selection))
    yield* jsonLines(injectionLines(file, run, files, path));
}

/**
 * The probes of a file as JSONL (`export --what probes`).
 * @param chooserFor chooses foils for probes that give none, which have none else
 * @throws FailureError as {@link exportInjections}; what `chooserFor` throws
 */
export async function* exportProbes(
  path: string,
  chooserFor?: (file: ProbeFile) => Promise<FoilChooser>,
): AsyncGenerator<string> {
  const file = await soundFile(path);
  yield* jsonLines(probeLines(file, await chooserFor?.(file)));
}

/** Rows, run by run: more than memory can hold at once. */
export type RowGroups = AsyncIterable<Iterable<ResultRow>>;

/** Rows as CSV, piece by piece. */
export async function* exportCsv(groups: RowGroups): AsyncGenerator<string> {
  const batches = inBatches(groups, 1000);
  // Where there is nothing to be read, nothing is written either.
  const first = await batches.next();
  yield csvHeader();
  if (first.done !== true) yield csvRows(first.value);
  for await (const rows of batches) yield csvRows(rows);
}

/** Rows as one Parquet file with the columns of the results folder, token tables included. @param file is replaced */
export async function writeParquet(groups: RowGroups, file: string): Promise<void> {
  const writer = new ParquetWriter({
    writer: fileWriter(file),
    schema: EXPORT_SCHEMA,
    createdBy: 'knowledge-probes',
  });
  for await (const rows of inBatches(groups, 20_000))
    await writer.write({ columnData: exportColumnsOf(rows), rowGroupSize: rows.length });
  await writer.finish();
}

/** Text as a file, piece by piece. */
export async function writeText(pieces: AsyncIterable<string>, file: string): Promise<void> {
  await pipeline(Readable.from(pieces), createWriteStream(file, { flags: 'wx' }));
}

async function soundFile(path: string): Promise<ProbeFile> {
  const loaded = await loadProbeFile(path);
  const mistakes = mistakesIn(loaded);
  if (mistakes !== undefined) throw new FailureError(mistakes);
  if (isNewer(loaded.file))
    throw new FailureError({
      code: 'newer-version',
      message: `This probe file has version ${loaded.file.version ?? ''}; only version ${FORMAT_VERSION} can be exported.`,
      file: path,
      remedy: 'Update Knowledge Probes.',
    });
  return loaded.whole;
}

function* jsonLines(values: Iterable<unknown>): Generator<string> {
  for (const value of values) yield `${JSON.stringify(value)}\n`;
}

async function* inBatches(groups: RowGroups, size: number): AsyncGenerator<ResultRow[]> {
  let batch: ResultRow[] = [];
  for await (const rows of groups) {
    for (const row of rows) {
      batch.push(row);
      if (batch.length < size) continue;
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}
