import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { FailureError, toFailure, type Failure } from '../core/failure';
import { CONDITIONS, type Located, type ProbeFile } from '../core/probes/model';
import type { InjectedText, InjectionRow, ScheduleFiles } from '../core/probes/schedule';

/**
 * Reads a schedule file: JSONL, a line {step, fact, condition?, text?: "passage" | "paraphrase:N", copies?} for each
 * injection. Steps stay as written.
 * @throws FailureError `schedule-unreadable`, or `schedule-line` with the line it stands in
 */
export async function readInjections(path: string): Promise<InjectionRow[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new FailureError(
      {
        code: 'schedule-unreadable',
        message: `This schedule cannot be read: ${toFailure(error).message}.`,
        file: path,
        remedy:
          'Correct the path in “injections”, which is relative to the probe file, or put the file there.',
      },
      { cause: error },
    );
  });
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .flatMap((line, i) => (line.trim() === '' ? [] : [readRow(line, path, i + 1)]));
}

/** All schedule files that a probe file names, by their path as written; those that cannot be read are problems. */
export async function loadSchedules(
  file: ProbeFile,
  baseDir: string,
): Promise<{
  files: ScheduleFiles;
  problems: readonly { readonly path: Located<string>; readonly failure: Failure }[];
}> {
  const files = new Map<string, readonly InjectionRow[]>();
  const problems: { path: Located<string>; failure: Failure }[] = [];
  for (const path of schedulePaths(file)) {
    if (files.has(path.value)) continue;
    try {
      files.set(path.value, await readInjections(resolve(baseDir, path.value)));
    } catch (error) {
      problems.push({ path, failure: toFailure(error) });
    }
  }
  return { files, problems };
}

function schedulePaths(file: ProbeFile): Located<string>[] {
  return [
    ...file.runs.map(({ injections }) => injections),
    ...file.facts.flatMap(({ injections, injectionsByRun }) => [
      injections,
      ...Object.values(injectionsByRun),
    ]),
  ].flatMap((schedule) => (schedule?.value.kind === 'file' ? [schedule.value.path] : []));
}

function readRow(line: string, file: string, number: number): InjectionRow {
  const wrong = (message: string, cause?: unknown) =>
    new FailureError(
      {
        code: 'schedule-line',
        message,
        file,
        place: `line ${number}`,
        remedy: 'Write {"step": 100, "fact": "its-id", "text": "passage"} or "paraphrase:N", "copies": 1.',
      },
      cause === undefined ? undefined : { cause },
    );
  let row: unknown;
  try {
    row = JSON.parse(line);
  } catch (error) {
    throw wrong('This line is not JSON.', error);
  }
  if (typeof row !== 'object' || row === null) throw wrong('This line is not a JSON object.');
  const { step, fact, condition, text, copies } = row as Record<string, unknown>;
  if (!isWhole(step)) throw wrong('“step” is not a whole number from 0 on.');
  if (typeof fact !== 'string' || fact === '') throw wrong('“fact” is not the id of a fact.');
  if (copies !== undefined && (!isWhole(copies) || copies < 1))
    throw wrong('“copies” is not a whole number from 1 on.');
  const known = CONDITIONS.find((word) => word === condition);
  if (condition !== undefined && condition !== null && known === undefined)
    throw wrong(`“condition” is not one of ${CONDITIONS.join(', ')}.`);
  const injected = readText(text);
  if (injected === 'unknown') throw wrong('“text” is neither "passage" nor "paraphrase:N" with N from 1 on.');
  return {
    step,
    fact,
    ...(known === undefined ? {} : { condition: known }),
    ...(injected === undefined ? {} : { text: injected }),
    copies: copies ?? 1,
  };
}

function readText(text: unknown): InjectedText | 'unknown' | undefined {
  if (text === undefined || text === null) return undefined;
  if (text === 'passage') return { kind: 'passage' };
  const number = typeof text === 'string' ? /^paraphrase:([1-9]\d{0,8})$/.exec(text)?.[1] : undefined;
  return number === undefined ? 'unknown' : { kind: 'paraphrase', number: Number(number) };
}

function isWhole(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
