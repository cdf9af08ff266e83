import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { FailureError, toFailure } from '../core/failure';
import { parseDataset, withParaphrases, type DatasetFact } from '../core/probes/dataset';
import { datasetProbeFile, type DatasetOptions } from '../core/probes/datasetText';
import { parseProbeFile } from '../core/probes/parse';
import { openSource } from './logs/source';
import { writeOutFile, type OutFileOptions } from './export/outFile';

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
  /** Absolute path of the probe file. */
  readonly out: string;
  readonly facts: number;
  readonly probes: number;
  readonly paraphrases: number;
  /** One sentence each: what is not as one would expect. */
  readonly notes: readonly string[];
}

/** The published one has 1.3 MB. */
const MOST_BYTES = 256 * 1024 * 1024;

/**
 * The published data set as a probe file (DESIGN section 10, `import`).
 * @throws FailureError `dataset-unreadable`, `dataset-broken`, `dataset-mismatch`, `run-id`, and those of
 * {@link writeOutFile}
 */
export async function importDataset(request: DatasetImport): Promise<ImportedDataset> {
  const { file, paraphrased, run } = request;
  const out = resolve(request.out);
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
    notes:
      paraphrases > 0 || request.conditions === 'none'
        ? []
        : [
            'There are no paraphrases, which the first 40 facts are injected as: they are in another file of the data set, which --paraphrased names.',
          ],
  };
}

async function readDataset(file: string): Promise<DatasetFact[]> {
  return parseDataset(await readText(file), file);
}

async function readText(file: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of (await openSource(resolve(file))).chunks()) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > MOST_BYTES) throw new Error(`It has more than ${MOST_BYTES / 2 ** 20} MB.`);
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch (error) {
    const why = error instanceof TypeError ? 'It is not text in UTF-8.' : toFailure(error).message;
    throw new FailureError(
      {
        code: 'dataset-unreadable',
        message: `This data set cannot be read: ${why}`,
        file,
        remedy: 'Correct the path, or fetch the file again.',
      },
      { cause: error },
    );
  }
}
