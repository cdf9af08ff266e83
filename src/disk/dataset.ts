import { open, readFile, writeFile } from 'node:fs/promises';
import { FailureError, toFailure } from '../core/failure';
import { looksLikeDataset, parseDataset, withParaphrases, type DatasetFact } from '../core/probes/dataset';
import { datasetProbeFile, type DatasetOptions } from '../core/probes/datasetText';
import { parseProbeFile } from '../core/probes/parse';
import { writeOutFile, type OutFileOptions } from './outFile';

export interface DatasetImport extends DatasetOptions, OutFileOptions {
  /** Path of the published JSON file. */
  readonly file: string;
  /** Path of the file that has the paraphrases, where they are not in the first. */
  readonly paraphrased?: string;
  /** Path of the probe file to be made. */
  readonly out: string;
}

/** What was imported. */
export interface ImportedDataset {
  /** Path of the probe file. */
  readonly out: string;
  readonly facts: number;
  readonly probes: number;
  readonly paraphrases: number;
  /** One sentence each: what is not as one would expect. */
  readonly warnings: readonly string[];
}

/** Enough for the first record's passage to begin. */
const BEGINNING_BYTES = 64 * 1024;

/** Whether a file is the published data set, from its beginning. @throws FailureError `dataset-unreadable` */
export async function isDataset(file: string): Promise<boolean> {
  try {
    const handle = await open(file);
    try {
      const bytes = Buffer.alloc(BEGINNING_BYTES);
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
      return looksLikeDataset(bytes.toString('utf8', 0, bytesRead));
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw unreadable(file, error);
  }
}

/**
 * The published data set as a probe file (DESIGN section 10, `import`).
 * @throws FailureError `dataset-unreadable`, `dataset-broken`, `dataset-mismatch`, `run-id`, and those of
 * {@link writeOutFile}
 */
export async function importDataset(request: DatasetImport): Promise<ImportedDataset> {
  const { file, paraphrased, out, run } = request;
  const own = await readDataset(file);
  const facts =
    paraphrased === undefined ? own : withParaphrases(own, await readDataset(paraphrased), paraphrased);
  const text = datasetProbeFile(facts, request);
  const [mistake] = parseProbeFile(text).problems.filter(({ severity }) => severity === 'error');
  // The facts have been looked at; only the run's id and its log come from somebody's keyboard.
  if (mistake !== undefined)
    throw new FailureError({
      code: 'run-id',
      message: mistake.message,
      place: `run “${run?.id ?? ''}”`,
      remedy: 'Give the run another --run or --log.',
    });
  await writeOutFile(out, request, (temporary) => writeFile(temporary, text, { flag: 'wx' }));
  const paraphrases = facts.reduce((sum, fact) => sum + fact.paraphrases.length, 0);
  return {
    out,
    facts: facts.length,
    probes: facts.reduce((sum, { probes }) => sum + probes.length, 0),
    paraphrases,
    warnings:
      paraphrases > 0 || request.conditions === 'none'
        ? []
        : [
            'There are no paraphrases, which the first 40 facts are injected as: they are in another file of the data set, which --paraphrased names.',
          ],
  };
}

async function readDataset(file: string): Promise<DatasetFact[]> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (error) {
    throw unreadable(file, error);
  }
  return parseDataset(text, file);
}

function unreadable(file: string, error: unknown): FailureError {
  const message =
    error instanceof TypeError
      ? 'This file is not text in UTF-8.'
      : `This file cannot be read: ${toFailure(error).message}.`;
  return new FailureError(
    {
      code: 'dataset-unreadable',
      message,
      file,
      remedy: 'Correct the path, or fetch the file again.',
    },
    { cause: error },
  );
}
