import { execFileSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ResultRow, ScoreRow } from '../../../src/core/results/row';
import { readRun } from '../../../src/disk/results/read';
import type { CheckpointTask, ScoreRequest } from '../../../src/protocol/scorer';
import { request, task } from '../helpers';

/** Process ids of a process's scorers that live. */
export function scorersOf(parent: number, scorerPath: string): number[] {
  let list = '';
  try {
    list = execFileSync('ps', ['-o', 'pid=,stat=,args=', '--ppid', String(parent)], { encoding: 'utf8' });
  } catch {
    // ps fails where there is none.
  }
  return list
    .split('\n')
    .filter((line) => line.includes(scorerPath) && !/^\s*\d+\s+Z/.test(line))
    .map((line) => Number.parseInt(line, 10));
}

export function isAlive(pid: number): boolean {
  try {
    const state = execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return state !== '' && !state.startsWith('Z');
  } catch {
    return false;
  }
}

/** Texts, all different, by the hundred: a checkpoint of 1,500 takes a second or more. */
export function manyRequests(count: number): ScoreRequest[] {
  return Array.from({ length: count }, (_, i) =>
    request(`The moons ${'Ganymede and '.repeat(6)}${i}`, ' Callisto', { probe: `probe-${i}` }),
  );
}

/** One task a step, all on the fixture `plain`. */
export function tasksOf(
  results: string,
  steps: number,
  changes: Partial<CheckpointTask> = {},
): CheckpointTask[] {
  return Array.from({ length: steps }, (_, step) =>
    task('plain', results, { id: `step-${step}`, step, ...changes }),
  );
}

/** Every row of the run; fails where one is there twice, or something cannot be read. */
export async function rowsOnDisk(results: string): Promise<ScoreRow[]> {
  const { parts, problems } = await readRun(results, 'run');
  expect(problems).toEqual([]);
  const rows = parts.flatMap((part) => part.rows);
  expect(new Set(rows.map(({ step, probe }) => `${step} ${probe}`)).size).toBe(rows.length);
  return rows;
}

/** What rows say, in one order: the same for the same work, however it was interrupted. */
export function figures(
  rows: readonly Pick<ResultRow, 'step' | 'probe' | 'text' | 'n_tokens' | 'logprob_mean'>[],
) {
  return rows
    .map(({ step, probe, text, n_tokens, logprob_mean }) => ({
      name: `${String(step).padStart(4, '0')} ${probe}`,
      n_tokens,
      // Who shares a batch moves the last bits of float32.
      logprob: Number(logprob_mean!.toFixed(4)),
      text,
    }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Every file below a folder, in order. */
export async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}
