import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { FailureError } from '../../core/failure';
import { encodeMeasured } from '../../core/results/measured/encode';
import type { MeasuredLog } from '../../core/results/measured/log';
import type { MeasuredMetadata } from '../../core/results/measured/metadata';
import { INDEX_FILE } from '../results/folder';
import { writeFailure } from '../results/trouble';
import { prepare, ring, sweep, writeWhole } from '../results/write';
import { LOG_FILE } from './folder';

/**
 * Writes an imported log into a folder of its own (DESIGN section 4, `log`), whole or not at all. A log that is there
 * already is replaced at the moment the new one is whole.
 * @param folder absolute path; made where it is missing
 * @returns whether there was one before
 * @throws FailureError `log-folder-taken`, `results-write`
 */
export async function writeLog(
  folder: string,
  log: MeasuredLog,
  metadata: MeasuredMetadata,
): Promise<boolean> {
  const file = join(folder, LOG_FILE);
  try {
    const there = await readdir(folder).catch((error: unknown): string[] => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    });
    const other = there.find((name) => name !== LOG_FILE && name !== INDEX_FILE && !name.startsWith('.'));
    if (other !== undefined) throw taken(folder, other);
    await prepare(folder, 'Made by “knowledge-probes import” from a training log.');
    await sweep(folder);
    const written = new Date().toISOString();
    const settings = { ...metadata.settings, written };
    await writeWhole(file, encodeMeasured(log, { ...metadata, settings }, crc32));
    await ring(folder, { run: metadata.run, log: LOG_FILE });
    return there.includes(LOG_FILE);
  } catch (error) {
    throw writeFailure(error, file);
  }
}

function taken(folder: string, other: string): FailureError {
  return new FailureError({
    code: 'log-folder-taken',
    message: `There is something else in this folder: “${other}”.`,
    file: folder,
    remedy: 'Give the log a folder of its own, for example --out NAME-log.scores.',
  });
}
