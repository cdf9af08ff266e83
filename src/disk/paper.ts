import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseCurves } from '../core/dynamics/paper/curvesFile';
import { tokensPerStepByName } from '../core/dynamics/paper/decay';
import { paperLog } from '../core/dynamics/paper/ofRun';
import {
  analyzeCurves,
  analyzePublished,
  type PaperAnalysis,
  type PaperOptions,
} from '../core/dynamics/paper/report';
import { FailureError, type Failure } from '../core/failure';
import type { Selection } from '../core/probes/selection';
import { readLog } from './logs/folder';
import { sniff } from './logs/sniff';
import { openSource, type ReadLogOptions } from './logs/source';
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
  // What an imported log does not need is not loaded for it: it would be a tenth of all its time.
  if (/\.ya?ml$/i.test(path)) return (await import('./paperRuns')).analyzeRuns(path, all, selection, notes);
  if (selection.run !== undefined) throw unfitOption('--run selects a run of a probe file', path);
  if (await isFolder(path)) return analyzeFolder(path, all, notes);
  const source = await openSource(path);
  const format = await sniff(source);
  if (format === 'published') {
    const { readPublishedLog } = await import('./logs/published');
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
