import { Option, type Command } from 'commander';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describeFailure, FailureError } from '../../core/failure';
import type { ProbeFile } from '../../core/probes/model';
import type { ResultRow } from '../../core/results/row';
import { readCurrentRows } from '../../disk/analysis';
import { exportCsv, exportInjections, exportProbes, writeParquet, writeText } from '../../disk/export/export';
import { writeOutFile } from '../../disk/export/outFile';
import { foilsAsScored } from '../../scoring/job/foils';
import { EXIT, type ExitCode } from '../exitCodes';
import { places } from '../options';
import { warnOfOtherSource } from '../otherSource';

interface Options {
  readonly what: 'injections' | 'probes' | 'results';
  readonly run?: string;
  readonly fact?: string;
  readonly results?: string;
  readonly tokenizer?: string;
  readonly format?: 'csv' | 'parquet';
  readonly out?: string;
  readonly force: boolean;
}

export function addExport(program: Command, end: (code: ExitCode) => void): void {
  program
    .command('export')
    .description('injections and probes as JSONL for a training loop, results as CSV or Parquet')
    .argument('<file>', 'probe file')
    .addOption(
      new Option('--what <what>', 'what to export')
        .choices(['injections', 'probes', 'results'])
        .makeOptionMandatory(),
    )
    .option('--run <id>', 'injections, results: only of this run')
    .option('--fact <id>', 'results: only of this fact')
    .option('--results <dir>', 'results: their folder is there instead of beside the probe file')
    .option(
      '--tokenizer <dir>',
      'probes: choose foils where the file gives none, as scoring with this tokenizer does',
    )
    .addOption(
      new Option(
        '--format <format>',
        'results: csv without token tables, or parquet; by the name of --out',
      ).choices(['csv', 'parquet']),
    )
    .option('--out <file>', 'into this file instead of standard output')
    .option('--force', 'replace that file where it is there already', false)
    .action(async (file: string, options: Options) => {
      end(options.what === 'results' ? await exportResults(file, options) : await exportLines(file, options));
    });
}

async function exportLines(file: string, options: Options): Promise<ExitCode> {
  const { tokenizer } = options;
  const { path, results } = places(file, options.results);
  const choose =
    tokenizer === undefined
      ? undefined
      : async (whole: ProbeFile) => foilsAsScored(whole, results, resolve(tokenizer));
  const lines = options.what === 'probes' ? exportProbes(path, choose) : exportInjections(path, options);
  await give(lines, options);
  return EXIT.ok;
}

async function exportResults(file: string, options: Options): Promise<ExitCode> {
  const { results, out, force } = options;
  const format = options.format ?? formatOf(out);
  let code: ExitCode = EXIT.ok;
  let exported = 0;
  function* counted(all: Iterable<ResultRow>): Generator<ResultRow> {
    for (const row of all) {
      exported++;
      yield row;
    }
  }
  async function* rows(): AsyncGenerator<Iterable<ResultRow>> {
    const tokens = format === 'parquet';
    const place = places(file, results);
    await warnOfOtherSource(place);
    for await (const { rows, problems } of readCurrentRows(place, options, { tokens })) {
      for (const problem of problems) process.stderr.write(`error: ${describeFailure(problem)}\n`);
      if (problems.length > 0) code = EXIT.problems;
      yield counted(rows);
    }
    if (exported === 0) throw nothingToExport(file);
  }
  if (format === 'csv') await give(exportCsv(rows()), options);
  else if (out !== undefined)
    await writeOutFile(out, { force }, (temporary) => writeParquet(rows(), temporary));
  else
    throw new FailureError({
      code: 'out-missing',
      message: 'Parquet is written into a file, not to standard output.',
      remedy: 'Name one with --out.',
    });
  return code;
}

/** @throws FailureError `out-format` for a name that says neither */
function formatOf(out: string | undefined): 'csv' | 'parquet' {
  if (out === undefined || /\.csv$/i.test(out)) return 'csv';
  if (/\.parquet$/i.test(out)) return 'parquet';
  throw new FailureError({
    code: 'out-format',
    message: 'The name of this file says neither CSV nor Parquet.',
    file: out,
    remedy: 'Call it .csv or .parquet, or say --format csv or --format parquet.',
  });
}

function nothingToExport(file: string): FailureError {
  return new FailureError({
    code: 'nothing-scored',
    message: 'There are no results to export yet.',
    file,
    remedy: `Score first: knowledge-probes score ${file}; or import the log that a run names.`,
  });
}

/** Text into the file that was named, or to standard output, no faster than it is read there. */
async function give(pieces: AsyncIterable<string>, { out, force }: Options): Promise<void> {
  if (out === undefined) await pipeline(Readable.from(pieces), process.stdout, { end: false });
  else await writeOutFile(out, { force }, (temporary) => writeText(pieces, temporary));
}
