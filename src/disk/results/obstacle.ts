import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FailureError } from '../../core/failure';
import { runFolderName, stepFolderName } from './folder';

/**
 * Makes sure that nothing stands in the way of a run's results at one step: what is found when they are written would
 * have been scored in vain.
 * @throws FailureError `results-obstacle`
 */
export async function assertWay(folder: string, run: string, step: number): Promise<void> {
  const home = join(folder, runFolderName(run));
  for (const at of [home, join(home, stepFolderName(step))]) {
    const there = await stat(at).catch(() => undefined);
    if (there?.isDirectory() === false) throw obstacle(at);
  }
}

/** @param file stands where a folder should be */
export function obstacle(file: string): FailureError {
  return new FailureError({
    code: 'results-obstacle',
    message: 'A file stands where a folder of the results should be.',
    file,
    remedy: 'Move it away, and score again.',
  });
}
