import { relative } from 'node:path';
import { FailureError } from '../../core/failure';
import type { DatasetOptions } from '../../core/probes/datasetText';
import { importDataset, type ImportedDataset } from '../../disk/dataset';
import { EXIT, type ExitCode } from '../exitCodes';
import { printJson, type Format } from '../output';

export interface DatasetImportOptions {
  readonly out: string;
  readonly paraphrased?: string;
  readonly conditions?: DatasetOptions['conditions'];
  readonly run?: string;
  readonly log?: string;
  readonly force?: boolean;
  readonly format: Format;
}

/** What `import --format json` prints for the published data set. */
export interface DatasetImportOutput extends ImportedDataset {
  readonly version: 1;
  readonly kind: 'dataset';
}

/** The branch of `import` for the published data set. */
export async function importTheDataset(file: string, options: DatasetImportOptions): Promise<ExitCode> {
  const { out, conditions = 'paper', paraphrased, run, log, force = false, format } = options;
  if ((run === undefined) !== (log === undefined))
    throw new FailureError({
      code: 'run-without-log',
      message: 'A run of a data set needs both an id and a log.',
      remedy: 'Give both --run and --log, for example --run paper-7b --log paper-7b.scores, or neither.',
    });
  const imported = await importDataset({
    file,
    out,
    conditions,
    force,
    ...(paraphrased !== undefined && { paraphrased }),
    ...(run !== undefined && log !== undefined && { run: { id: run, log } }),
  });
  for (const note of imported.notes) process.stderr.write(`note: ${note}\n`);
  const output: DatasetImportOutput = { version: 1, kind: 'dataset', ...imported };
  if (format === 'json') await printJson(output);
  else process.stdout.write(`${describe(imported)}\n`);
  return EXIT.ok;
}

function describe({ out, facts, probes, paraphrases }: ImportedDataset): string {
  return `${facts} facts with ${probes.toLocaleString('en-US')} probes and ${paraphrases} paraphrases: ${relative('', out)}`;
}
