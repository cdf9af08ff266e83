import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ResultRow } from '../../../src/core/results/row';
import { readCurrentRows } from '../../../src/disk/analysis';
import { createScorerPool } from '../../../src/scoring/job/pool';
import { bundle, type Bundle } from '../../bundle';
import { program, type Program } from '../../cli/program';
import { temporaryFolder } from '../helpers';
import { figures, isAlive, manyRequests, rowsOnDisk, scorersOf, tasksOf } from './scene';

// A machine may do much else at the time.
vi.setConfig({ testTimeout: 240_000 });
const SIGNALS = ['SIGKILL', 'SIGSEGV', 'SIGABRT'] as const;

describe('scorers that are killed at any moment, again and again', () => {
  let scorer: Bundle;
  beforeAll(async () => {
    scorer = await bundle({ scorer: 'src/scoring/checkpoint/process.ts' });
  });
  afterAll(() => scorer.remove());

  it('lose nothing that is finished, and nothing is there twice', async () => {
    const scorerPath = join(scorer.folder, 'scorer.js');
    const requests = manyRequests(150);
    const tasksIn = (results: string) => tasksOf(results, 5, { requests });
    const pool = createScorerPool({ scorerPath, processes: 2 });
    try {
      const quiet = await temporaryFolder();
      const { milliseconds } = await pool.score({ tasks: tasksIn(quiet) });
      const enough = new AbortController();
      let kills = 0;
      const killing = (async () => {
        // A fixed row of moments would always hit the same places.
        while (!enough.signal.aborted) {
          await wait(Math.random() * Math.min(1000, milliseconds / 2));
          const pids = scorersOf(process.pid, scorerPath);
          const pid = pids[Math.floor(Math.random() * pids.length)];
          if (pid !== undefined) process.kill(pid, SIGNALS[kills++ % SIGNALS.length]);
        }
      })();
      const folders: string[] = [];
      while (kills < 8) {
        const results = await temporaryFolder();
        folders.push(results);
        const finished = new Set<number>();
        const { failures } = await pool.score({
          tasks: tasksIn(results),
          onOutcome: ({ step }) => finished.add(step),
        });
        // What was told to be done is on the disk, whole.
        const rows = await rowsOnDisk(results);
        for (const step of finished) expect(rows.filter((row) => row.step === step)).toHaveLength(150);
        for (const { code, message, file, place } of failures) {
          expect(code).toBe('scorer-lost');
          expect(message).toMatch(/SIG/);
          expect(file).toMatch(/model\.onnx$/);
          expect(place).toMatch(/^run run, step \d/);
        }
      }
      enough.abort();
      await killing;
      for (const results of folders) {
        const before = (await rowsOnDisk(results)).length;
        const rest = await pool.score({ tasks: tasksIn(results) });
        expect(rest).toMatchObject({ failures: [], scored: 750 - before, reused: before, cancelled: false });
        expect(figures(await rowsOnDisk(results))).toEqual(figures(await rowsOnDisk(quiet)));
      }
    } finally {
      pool.dispose();
    }
  });
});

describe('the command line', () => {
  const steps = [0, 50];
  let cli: Program;
  beforeAll(async () => {
    cli = await program(steps);
  });
  afterAll(() => cli.remove());

  const rowsIn = async (parent: string): Promise<readonly ResultRow[]> => {
    const rows: ResultRow[] = [];
    const source = { path: cli.file, results: join(parent, 'facts.scores') };
    for await (const run of readCurrentRows(source, { run: 's1' }, { tokens: false })) {
      expect(run.problems).toEqual([]);
      rows.push(...run.rows);
    }
    const names = rows.map(({ step, fact, probe, role, index }) =>
      JSON.stringify([step, fact, probe, role, index]),
    );
    expect(new Set(names).size).toBe(names.length);
    return rows;
  };
  const named = (rows: readonly ResultRow[]) =>
    figures(
      rows.map((row) => ({ ...row, probe: JSON.stringify([row.fact, row.probe, row.role, row.index]) })),
    );
  const score = (results: string) => cli.run('score', cli.file, '--run', 's1', '--results', results);

  it('killed in the middle takes its scorers along; the next start does the rest. Two at once do no harm', async () => {
    const [quiet, killed, shared] = [
      await temporaryFolder(),
      await temporaryFolder(),
      await temporaryFolder(),
    ];
    expect((await score(quiet)).code).toBe(0);
    const all = await rowsIn(quiet);
    expect(all.length).toBeGreaterThan(500);

    const args = [
      join(cli.folder, 'cli', 'main.mjs'),
      'score',
      cli.file,
      '--run',
      's1',
      '--results',
      killed,
      '--threads',
      '1',
    ];
    const child = spawn(process.execPath, args, { cwd: cli.folder, stdio: 'ignore' });
    const scorerPath = join(cli.folder, 'scorer.js');
    // The first checkpoint is done, the second is being scored.
    const first = join(killed, 'facts.scores', 's1', 'step-0');
    await expect.poll(() => existsSync(first), { timeout: 60_000, interval: 20 }).toBe(true);
    const scorers = scorersOf(child.pid!, scorerPath);
    expect(scorers.length).toBeGreaterThan(0);
    child.kill('SIGKILL');
    await expect.poll(() => scorers.filter(isAlive), { timeout: 20_000 }).toEqual([]);
    const kept = await rowsIn(killed);
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.length).toBeLessThan(all.length);
    const rest = await score(killed);
    expect(rest).toMatchObject({ code: 0, stderr: expect.not.stringContaining('error') as string });
    expect(named(await rowsIn(killed))).toEqual(named(all));

    // Two windows, or two machines: what both score is the same, and counts once.
    const both = await Promise.all([score(shared), score(shared)]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(named(await rowsIn(shared))).toEqual(named(all));
    expect((await score(shared)).stdout).toMatch(/^0 texts scored/);
  });
});
