import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FailureError, type Failure } from '../../core/failure';
import { decodePart } from '../../core/results/parquet';
import type { Part } from '../../core/results/part';
import { runFolderName, stepFolderName, stepOf } from './folder';
import { isMissing, readFailure } from './trouble';
import { writtenAt } from './written';

/** A part's place; nothing has been read of it. */
export interface PartFile {
  readonly file: string;
  readonly step: number;
}

/** What could be read, and what could not: one bad file never hides the others. */
export interface Reading {
  /** By step, and those of one step by the time they were written: the later of two scores of a text counts. */
  readonly parts: readonly (PartFile & Part)[];
  /** `part-damaged`, `part-foreign`, `part-newer`, `part-misplaced`, `part-huge`, `results-read`; each names its file. */
  readonly problems: readonly Failure[];
}

export interface ReadOptions {
  /** Whether rows have their token tables, by far the largest part of a file; true when not given. */
  readonly tokens?: boolean;
  /** Parts read before, see {@link createPartCache}. */
  readonly cache?: PartCache;
}

/** Parsed parts by path, size and time: after a change only what is new is read. */
export type PartCache = Map<string, CachedPart>;

interface CachedPart {
  readonly stamp: string;
  readonly tokens: boolean;
  readonly outcome: Part | Failure;
}

export function createPartCache(): PartCache {
  return new Map();
}

/** Every row of a run; none where the run has no results yet. Nothing is thrown, see {@link Reading.problems}. */
export async function readRun(folder: string, run: string, options: ReadOptions = {}): Promise<Reading> {
  const home = join(folder, runFolderName(run));
  const { steps, problem } = await stepsOf(folder, run);
  const listed = await Promise.all(steps.map((step) => listStep(folder, run, step)));
  const parts = listed.flatMap((step) => step.parts);
  forget(options.cache, home, parts);
  const reading = await readParts(parts, run, options);
  const unlisted = [problem, ...listed.map((step) => step.problem)].filter((each) => each !== undefined);
  return { ...reading, problems: [...unlisted, ...reading.problems] };
}

/** Every row of a run at one step. */
export async function readStep(
  folder: string,
  run: string,
  step: number,
  options: ReadOptions = {},
): Promise<Reading> {
  const { parts, problem } = await listStep(folder, run, step);
  const reading = await readParts(parts, run, options);
  return problem === undefined ? reading : { ...reading, problems: [problem, ...reading.problems] };
}

/** The sound parts of a run at one step, one after the other: for what need not be in memory all at once. */
export async function* partsOf(folder: string, run: string, step: number): AsyncGenerator<Part> {
  const { parts } = await listStep(folder, run, step);
  for (const part of parts) {
    const outcome = await readPart(part, run, {});
    if (outcome !== undefined && 'rows' in outcome) yield outcome;
  }
}

/** The steps of a run that have results, ascending. */
export async function stepsOf(
  folder: string,
  run: string,
): Promise<{ readonly steps: readonly number[]; readonly problem?: Failure }> {
  const home = join(folder, runFolderName(run));
  try {
    const steps = (await names(home)).map(stepOf).filter((step) => step !== undefined);
    return { steps: steps.sort((a, b) => a - b) };
  } catch (error) {
    return { steps: [], problem: readFailure(error, home) };
  }
}

async function listStep(
  folder: string,
  run: string,
  step: number,
): Promise<{ parts: readonly PartFile[]; problem?: Failure }> {
  const home = join(folder, runFolderName(run), stepFolderName(step));
  try {
    // Temporary files and parts set aside begin with a dot or an underscore.
    const parts = (await names(home)).filter((name) => /^[^._].*\.parquet$/.test(name));
    return { parts: parts.sort().map((name) => ({ file: join(home, name), step })) };
  } catch (error) {
    return { parts: [], problem: readFailure(error, home) };
  }
}

/** What stands in a folder; nothing where there is none. */
async function names(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
}

/** Files read at the same time: hides a network file system's delays, opens few files. */
const AT_ONCE = 8;

async function readParts(parts: readonly PartFile[], run: string, options: ReadOptions): Promise<Reading> {
  const outcomes: (Part | Failure | undefined)[] = [];
  for (let i = 0; i < parts.length; i += AT_ONCE) {
    const batch = parts.slice(i, i + AT_ONCE);
    outcomes.push(...(await Promise.all(batch.map((part) => readPart(part, run, options)))));
  }
  const read: (PartFile & Part)[] = [];
  const problems: Failure[] = [];
  for (const [i, part] of parts.entries()) {
    const outcome = outcomes[i];
    if (outcome === undefined) continue;
    if ('rows' in outcome) read.push({ ...part, ...outcome });
    else problems.push(outcome);
  }
  read.sort((a, b) => a.step - b.step || order(writtenAt(a), writtenAt(b)));
  return { parts: read, problems };
}

/** Not by the difference: two that say nothing are −∞ both. */
function order(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A part, what is wrong with it, or nothing where it is gone by now. */
async function readPart(
  { file, step }: PartFile,
  run: string,
  { tokens = true, cache }: ReadOptions,
): Promise<Part | Failure | undefined> {
  try {
    const { size, mtimeMs, ino } = await stat(file);
    const stamp = `${size} ${mtimeMs} ${ino}`;
    const cached = cache?.get(file);
    if (cached?.stamp === stamp && (cached.tokens || !tokens)) return cached.outcome;
    const outcome = await decode(file, size, run, step, tokens);
    cache?.set(file, { stamp, tokens, outcome });
    return outcome;
  } catch (error) {
    if (isMissing(error)) return undefined;
    return readFailure(error, file);
  }
}

/** A checkpoint of 10,000 probes makes some 10 MB; what is far beyond is no part. */
const LARGEST = 512 * 1024 * 1024;

async function decode(
  file: string,
  size: number,
  run: string,
  step: number,
  tokens: boolean,
): Promise<Part | Failure> {
  if (size > LARGEST) {
    return {
      code: 'part-huge',
      message: 'The file is too large to be results.',
      file,
      place: `${size} bytes`,
    };
  }
  const bytes = await readFile(file);
  try {
    const part = await decodePart(bytes, file, { tokens });
    const stray = part.rows.find((row) => row.run !== run || row.step !== step);
    if (stray === undefined) return part;
    // Where file systems do not tell `A` from `a`, two runs share a folder.
    if (isAlike(stray.run, run) && stray.step === step) {
      return { ...part, rows: part.rows.filter((row) => row.run === run) };
    }
    return {
      code: 'part-misplaced',
      message: 'The file stands in the folder of another run or step and is left out.',
      file,
      place: `holds run ${stray.run}, step ${stray.step}`,
      remedy: 'Move it back to where it was written.',
    };
  } catch (error) {
    if (error instanceof FailureError) return error.failure;
    throw error;
  }
}

function isAlike(run: string, other: string): boolean {
  return runFolderName(run).toLowerCase() === runFolderName(other).toLowerCase();
}

/** Parts that are gone are forgotten, so that the cache does not outgrow the folder. */
function forget(cache: PartCache | undefined, home: string, parts: readonly PartFile[]): void {
  const present = new Set(parts.map(({ file }) => file));
  for (const file of cache?.keys() ?? []) {
    if (file.startsWith(join(home, 'step-')) && !present.has(file)) cache?.delete(file);
  }
}
