import { dirname } from 'node:path';
import { paperLog, paperNotes } from '../core/dynamics/paper/ofRun';
import { analyzePublished, type PaperOptions } from '../core/dynamics/paper/report';
import { FailureError, toFailure, type Failure } from '../core/failure';
import { selectedRuns, type Selection } from '../core/probes/selection';
import { loadSchedules } from './injections';
import { readRunLog } from './logs/runLog';
import { mistakesIn } from './mistakes';
import type { PaperResult } from './paper';
import { loadProbeFile } from './probeFiles';

/**
 * The procedure for each run of a probe file that has a `log`.
 * @param path absolute
 * @param notes of all results
 * @throws FailureError as `loadProbeFile` does; `unknown-run`, `no-log-run`
 */
export async function analyzeRuns(
  path: string,
  options: PaperOptions,
  selection: Pick<Selection, 'run'>,
  notes: readonly string[],
): Promise<{ results: PaperResult[]; problems: Failure[] }> {
  const loaded = await loadProbeFile(path);
  const { whole: file } = loaded;
  const { files: schedules, problems: ofSchedules } = await loadSchedules(file, dirname(path));
  const problems = [mistakesIn(loaded) ?? [], ofSchedules.map(({ failure }) => failure)].flat();
  const results: PaperResult[] = [];
  let logs = 0;
  for (const run of selectedRuns(path, file, selection)) {
    const stored = await readRunLog(run, dirname(path));
    if (stored === undefined) continue;
    logs++;
    if (!('log' in stored)) {
      problems.push(stored);
      continue;
    }
    try {
      const id = run.id.value;
      results.push({
        run: id,
        ...analyzePublished(paperLog(stored.log, id), options),
        notes: [...paperNotes(stored.log, file, run, schedules), ...notes],
      });
    } catch (error) {
      problems.push(toFailure(error));
    }
  }
  if (logs === 0) throw noLog(path);
  return { results, problems };
}

function noLog(file: string): FailureError {
  return new FailureError({
    code: 'no-log-run',
    message: 'No run of this probe file has a “log”, and the published procedure is made for logs.',
    file,
    remedy: 'Import one: knowledge-probes import LOG --out NAME.scores, and name the folder in “log:”.',
  });
}
