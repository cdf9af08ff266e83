import { readFile, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { parseCurves } from '../core/dynamics/paper/curvesFile';
import { tokensPerStepByName } from '../core/dynamics/paper/decay';
import { paperLog, paperNotes } from '../core/dynamics/paper/ofRun';
import {
  analyzeCurves,
  analyzePublished,
  type PaperAnalysis,
  type PaperOptions,
} from '../core/dynamics/paper/report';
import { FailureError, toFailure, type Failure } from '../core/failure';
import { selectedRuns, type Selection } from '../core/probes/selection';
import { loadSchedules } from './injections';
import { readLog } from './logs/folder';
import { readPublishedLog } from './logs/published';
import { readRunLog } from './logs/runLog';
import { sniff } from './logs/sniff';
import { openSource, type ReadLogOptions } from './logs/source';
import { mistakesIn } from './mistakes';
import { loadProbeFile } from './probeFiles';
import { readFailure } from './results/trouble';

export interface PaperRequest extends Omit<PaperOptions, 'tokensPerStep'> {
  /**
   * Tokens a step for the x axis; `name`: by the published rule, from the file's name. (The published code looks in the
   * whole path; a folder called 512 is no batch size.)
   */
  readonly tokens?: number | 'name';
}

/** What the procedure says of one log. */
export interface PaperResult extends PaperAnalysis {
  /** Of a probe file the run that names the log; null of a published log or curves given as such. */
  readonly run: string | null;
  /** What is odd about the input, or differs from what the procedure takes for granted, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * Applies the paper's published procedure to a file: a published log, the folder of an imported one, the curves that the
 * published code writes, or a probe file, of which each run with a `log`.
 * @param path absolute
 * @throws FailureError for a file that cannot be read or is none of these; `unknown-run`, `no-log-run`; `paper-options`
 */
export async function analyzePaperFile(
  path: string,
  request: PaperRequest = {},
  selection: Pick<Selection, 'run'> = {},
  reading: ReadLogOptions = {},
): Promise<{ readonly results: readonly PaperResult[]; readonly problems: readonly Failure[] }> {
  const { tokens, ...options } = request;
  const tokensPerStep = tokens === 'name' ? tokensPerStepByName(basename(path)) : tokens;
  const all: PaperOptions = { ...options, ...(tokensPerStep !== undefined && { tokensPerStep }) };
  const notes =
    tokens === 'name' && tokensPerStep === undefined
      ? [
          'The file’s name has neither 128 nor 512 in it: as in the published code, the x axis then has steps.',
        ]
      : [];
  if (/\.ya?ml$/i.test(path)) return analyzeRuns(path, all, selection, notes);
  if (selection.run !== undefined) throw unfitOption('--run selects a run of a probe file', path);
  if (await isFolder(path)) return analyzeFolder(path, all, notes);
  const source = await openSource(path);
  const format = await sniff(source);
  if (format === 'published') {
    const { log, notes: ofLog } = await readPublishedLog(source, reading);
    return {
      results: [{ run: null, ...analyzePublished(log, all), notes: [...ofLog, ...notes] }],
      problems: [],
    };
  }
  if (format !== 'jsonl') throw unknownInput(path);
  if (all.exp === true) throw unfitOption('--exp is of logs; these curves have been computed already', path);
  const curves = parseCurves(await readCurves(path), path);
  return { results: [{ run: null, ...analyzeCurves(curves, all), notes }], problems: [] };
}

/** An imported log without a probe file: only its conditions and schedule cannot be checked. */
async function analyzeFolder(
  path: string,
  options: PaperOptions,
  notes: readonly string[],
): Promise<{ results: PaperResult[]; problems: Failure[] }> {
  const stored = await readLog(path);
  if (!('log' in stored)) throw new FailureError(stored);
  const { run } = stored.metadata;
  return {
    results: [{ run, ...analyzePublished(paperLog(stored.log, run), options), notes }],
    problems: [],
  };
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function analyzeRuns(
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

/** The published size is 100 kB for 300 points. */
const LARGEST_CURVES = 256 << 20;

async function readCurves(path: string): Promise<string> {
  try {
    if ((await stat(path)).size > LARGEST_CURVES) throw unknownInput(path);
    return await readFile(path, 'utf8');
  } catch (error) {
    throw error instanceof FailureError ? error : new FailureError(readFailure(error, path));
  }
}

function unknownInput(file: string): FailureError {
  return new FailureError({
    code: 'paper-input',
    message:
      'The published procedure takes a published log, the folder of an imported one, the curves made from one, or a probe file.',
    file,
    remedy: 'Import another log first, name its folder in “log:” of a run, and give the probe file.',
  });
}

function unfitOption(why: string, file: string): FailureError {
  return new FailureError({ code: 'paper-options', message: `${why}.`, file });
}

function noLog(file: string): FailureError {
  return new FailureError({
    code: 'no-log-run',
    message: 'No run of this probe file has a “log”, and the published procedure is made for logs.',
    file,
    remedy: 'Import one: knowledge-probes import LOG --out NAME.scores, and name the folder in “log:”.',
  });
}
