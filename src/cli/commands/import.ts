import type { Command } from 'commander';
import { relative, resolve } from 'node:path';
import { FailureError } from '../../core/failure';
import { count } from '../../core/format';
import { parseRenamed } from '../../disk/logs/columnNames';
import { importLog, type ImportedLog } from '../../disk/logs/importLog';
import { sniff } from '../../disk/logs/sniff';
import { openSource } from '../../disk/logs/source';
import { EXIT, type ExitCode } from '../exitCodes';
import { addFormat, printJson, type Format } from '../output';
import { showBytes } from '../progress';

interface Options {
  readonly out: string;
  readonly probes?: string;
  readonly run?: string;
  readonly columns?: string;
  readonly format: Format;
}

/** What `import --format json` prints for a training log. */
export interface LogImportOutput extends ImportedLog {
  readonly version: 1;
  readonly kind: 'log';
}

export function addImport(program: Command, end: (code: ExitCode) => void): void {
  addFormat(
    program
      .command('import')
      .description('bring in a training log, for “log:” of a run')
      .argument('<file>', 'the published JSON, JSONL, CSV or Parquet; told by its content')
      .requiredOption('--out <path>', 'folder to write, for example paper-7b.scores')
      .option('--probes <file>', 'probe file that has the ids: a published log has none')
      .option('--run <id>', 'id of the run; of a log with several, the one to take')
      .option(
        '--columns <list>',
        'what columns are called in the file, for example step=global_step,fact=doc_id',
      ),
  ).action(async (file: string, options: Options) => {
    const source = await openSource(resolve(file));
    const format = await sniff(source);
    if (format === 'dataset') throw noDataset(file);
    end(await importTheLog({ source, format }, options));
  });
}

async function importTheLog(
  input: Pick<Parameters<typeof importLog>[0], 'source' | 'format'>,
  { columns, format, ...options }: Options,
): Promise<ExitCode> {
  const renamed = columns === undefined ? undefined : parseRenamed(columns);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, () => {
      stop.abort();
    });
  const progress = showBytes();
  try {
    const imported = await importLog({
      ...input,
      ...options,
      renamed,
      signal: stop.signal,
      onProgress: progress.show,
    });
    progress.stop();
    for (const note of imported.notes) process.stderr.write(`note: ${note}\n`);
    const output: LogImportOutput = { version: 1, kind: 'log', ...imported };
    if (format === 'json') printJson(output);
    else process.stdout.write(`${describe(imported)}\n`);
    return EXIT.ok;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    progress.stop();
    process.stderr.write('stopped; nothing has been written\n');
    return EXIT.interrupted;
  } finally {
    progress.stop();
  }
}

/** What was imported, and what to do with it. */
function describe(log: ImportedLog): string {
  const folder = relative('', log.out) || '.';
  const logged =
    log.firstLoggedStep === log.firstStep && log.lastLoggedStep === log.lastStep
      ? ''
      : ` (logged as ${count(log.firstLoggedStep)} to ${count(log.lastLoggedStep)})`;
  const not = [
    log.missing > 0 && `${count(log.missing)} missing`,
    log.nan > 0 && `${count(log.nan)} NaN`,
  ].filter((part) => part !== false);
  return [
    `${count(log.probes)} probes of ${count(log.facts)} facts at ${count(log.steps)} steps, ` +
      `${count(log.firstStep)} to ${count(log.lastStep)}${logged}: ${count(log.values)} values` +
      (not.length === 0 ? '' : `, ${not.join(', ')}`),
    `${log.replaced ? 'The log in the folder was replaced' : 'Written to'} ${folder}; in a probe file: runs: [{ id: ${log.run}, log: ${folder} }]`,
  ].join('\n');
}

function noDataset(file: string): FailureError {
  return new FailureError({
    code: 'dataset',
    message: 'This is the published data set and no training log.',
    file,
    remedy: 'Name a training log.',
  });
}
