import { Option, type Command } from 'commander';
import { relative, resolve } from 'node:path';
import { FailureError } from '../../core/failure';
import { count } from '../../core/format';
import { parseRenamed } from '../../disk/logs/columnNames';
import { importLog, type ImportedLog } from '../../disk/logs/importLog';
import { sniff } from '../../disk/logs/sniff';
import { openSource } from '../../disk/logs/source';
import { EXIT, type ExitCode } from '../exitCodes';
import { addFormat, printJson } from '../output';
import { showBytes } from '../progress';
import { importTheDataset, type DatasetImportOptions } from './importDataset';

interface Options extends DatasetImportOptions {
  readonly probes?: string;
  readonly columns?: string;
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
      .description('bring in a training log, for “log:” of a run, or the published data set as a probe file')
      .argument(
        '<file>',
        'log: the published JSON, JSONL, CSV or Parquet; data set: its JSON; told by content',
      )
      .requiredOption(
        '--out <path>',
        'folder to write, for example paper-7b.scores; data set: the probe file',
      )
      .option('--probes <file>', 'log: probe file that has the ids: a published log has none')
      .option('--run <id>', 'id of the run; of a log with several, the one to take')
      .option(
        '--columns <list>',
        'log: what columns are called in the file, for example step=global_step,fact=doc_id',
      )
      .option('--paraphrased <file>', 'data set: the file that has the paraphrases')
      .addOption(
        new Option(
          '--conditions <which>',
          'data set: the paper’s conditions, or none; paper by default',
        ).choices(['paper', 'none']),
      )
      .option('--log <folder>', 'data set: with --run, a run of the paper’s schedule with this log')
      .option('--force', 'data set: replace the probe file where it is there already'),
  ).action(async (file: string, options: Options) => {
    const source = await openSource(resolve(file));
    const format = await sniff(source);
    refuse(options, format === 'dataset' ? ONLY_LOGS : ONLY_DATASETS, format);
    if (format === 'dataset') end(await importTheDataset(file, options));
    else end(await importTheLog({ source, format }, options));
  });
}

async function importTheLog(
  input: Pick<Parameters<typeof importLog>[0], 'source' | 'format'>,
  { columns, format, ...options }: Options,
): Promise<ExitCode> {
  const renamed = columns === undefined ? undefined : parseRenamed(columns);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
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
    if (format === 'json') await printJson(output);
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
    `${counted(log.probes, 'probe')} of ${counted(log.facts, 'fact')} at ${counted(log.steps, 'step')}, ` +
      `${count(log.firstStep)} to ${count(log.lastStep)}${logged}: ${counted(log.values, 'value')}` +
      (not.length === 0 ? '' : `, ${not.join(', ')}`),
    `${log.replaced ? `The log in ${folder} was replaced` : `Written to ${folder}`}; in a probe file: runs: [{ id: ${log.run}, log: ${folder} }]`,
  ].join('\n');
}

function counted(n: number, what: string): string {
  return `${count(n)} ${what}${n === 1 ? '' : 's'}`;
}

const ONLY_LOGS = ['probes', 'columns'] as const;
const ONLY_DATASETS = ['paraphrased', 'conditions', 'log', 'force'] as const;

/** An option that says nothing about this sort of file was meant for another one. */
function refuse(options: Options, names: readonly (keyof Options)[], format: string): void {
  const name = names.find((each) => options[each] !== undefined);
  if (name === undefined) return;
  const what = format === 'dataset' ? 'the published data set' : 'a training log';
  throw new FailureError({
    code: 'option-unfit',
    message: `This file is ${what}, about which --${name} says nothing.`,
    remedy: `Leave it out, or name another file.`,
  });
}
