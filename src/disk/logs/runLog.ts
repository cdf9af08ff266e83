import { resolve } from 'node:path';
import type { Failure } from '../../core/failure';
import type { Run } from '../../core/probes/model';
import { readLog, type ReadStoredLog, type StoredLog } from './folder';

/** Absolute path of the folder that a run's `log` names; undefined for a run with checkpoints. @param baseDir folder of the probe file */
export function logFolder(run: Run, baseDir: string): string | undefined {
  return run.source?.kind === 'log' ? resolve(baseDir, run.source.path.value) : undefined;
}

/**
 * The log of a run whose results were measured elsewhere, or why it cannot be read (see {@link readLog}); undefined for
 * a run with checkpoints.
 */
export async function readRunLog(
  run: Run,
  baseDir: string,
  options?: ReadStoredLog,
): Promise<StoredLog | Failure | undefined> {
  const folder = logFolder(run, baseDir);
  return folder === undefined ? undefined : readLog(folder, options);
}
