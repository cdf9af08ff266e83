import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { readRun } from '../../../src/disk/results/read';
import type { ScoringProgress } from '../../../src/protocol/scoring';
import { createScorerPool, type PoolOptions, type ScorerPool } from '../../../src/scoring/job/pool';
import { bundle } from '../../bundle';
import { writeZeros } from '../graph/large';
import { isAlive, manyRequests, rowsOnDisk, scorersOf, tasksOf } from '../faults/scene';
import { FIXTURES, REFERENCE, request, task, temporaryFolder } from '../helpers';
import { usePrograms } from '../scorer';

const programs = usePrograms();

const pools: ScorerPool[] = [];
afterEach(async () => {
  for (const pool of pools.splice(0)) pool.dispose();
  await expect.poll(scorers, { timeout: 10_000 }).toEqual([]);
});
function openPool(options: Partial<PoolOptions> = {}): ScorerPool {
  const pool = createScorerPool({ scorerPath: programs.scorerPath, ...options });
  pools.push(pool);
  return pool;
}

const scorers = (): number[] => scorersOf(process.pid, programs.scorerPath);

describe('a job', () => {
  it('is dealt out to processes, told of step by step, and not done again', async () => {
    const results = await temporaryFolder();
    const pool = openPool({ processes: 2 });
    const progress: Omit<ScoringProgress, 'job'>[] = [];
    const steps: number[] = [];
    const tasks = tasksOf(results, 5);
    const done = await pool.score({
      tasks,
      onProgress: (now) => progress.push(now),
      onOutcome: ({ step }) => steps.push(step),
    });
    const total = 5 * REFERENCE.length;
    expect(done).toMatchObject({ scored: total, reused: 0, checkpoints: 5, failures: [], cancelled: false });
    expect(steps.toSorted()).toEqual([0, 1, 2, 3, 4]);
    expect(progress.map((now) => now.done)).toEqual(
      progress.map((now) => now.done).toSorted((a, b) => a - b),
    );
    expect(progress.at(-1)).toMatchObject({ done: total, total, checkpointsDone: 5, checkpoints: 5 });
    expect(await rowsOnDisk(results)).toHaveLength(total);
    expect(scorers()).toHaveLength(2);

    const again = await pool.score({ tasks });
    expect(again).toMatchObject({ scored: 0, reused: total, checkpoints: 5 });
    expect(scorers()).toHaveLength(2);
    pool.dispose();
    await expect.poll(scorers).toEqual([]);
  });

  it('takes no more threads than there are cores, however many are asked for', async () => {
    const tasks = tasksOf(await temporaryFolder(), 1);
    const pool = openPool({ processes: 10_000 });
    const { scored } = await pool.score({ tasks });
    expect(scored).toBe(REFERENCE.length);
    const { parts } = await readRun(tasks[0]!.results, 'run');
    expect(parts.map(({ metadata }) => metadata.settings['threads'])).toEqual([`${availableParallelism()}`]);
  });

  it('of one checkpoint takes one process and all threads', async () => {
    const results = await temporaryFolder();
    const { checkpoints } = await openPool({ processes: 3 }).score({ tasks: tasksOf(results, 1) });
    expect(checkpoints).toBe(1);
    expect(scorers()).toHaveLength(1);
    const { parts } = await readRun(results, 'run');
    expect(parts[0]!.metadata.settings['threads']).toBe(String(Math.min(3, availableParallelism())));
  });

  it('takes as many processes as there is memory for, and shares the threads among them', async () => {
    const results = await temporaryFolder();
    const most = { count: 0 };
    const onProgress = (): void => void (most.count = Math.max(most.count, scorers().length));
    // The fixture's model has a few kilobytes; the program around it a few hundred megabytes.
    const pool = openPool({ processes: 2, memory: 500 << 20 });
    expect(await pool.score({ tasks: tasksOf(results, 3), onProgress })).toMatchObject({ checkpoints: 3 });
    expect(most.count).toBe(1);
    const { parts } = await readRun(results, 'run');
    const threads = String(Math.min(2, availableParallelism()));
    expect(parts.map(({ metadata }) => metadata.settings['threads'])).toEqual([threads, threads, threads]);
  });

  it('without checkpoints is done at once', async () => {
    expect(await openPool().score({ tasks: [] })).toMatchObject({
      checkpoints: 0,
      failures: [],
      cancelled: false,
    });
  });

  it('shares the processes with other jobs', async () => {
    const pool = openPool({ processes: 2 });
    const [a, b] = [await temporaryFolder(), await temporaryFolder()];
    const most = { count: 0 };
    const onProgress = (): void => void (most.count = Math.max(most.count, scorers().length));
    const outcomes = await Promise.all(
      [a, b].map((results) => pool.score({ tasks: tasksOf(results, 3), onProgress })),
    );
    expect(outcomes.map(({ checkpoints }) => checkpoints)).toEqual([3, 3]);
    expect(most.count).toBeLessThanOrEqual(2);
  });

  it('keeps its processes for a while only', async () => {
    await openPool({ warmMs: 200 }).score({ tasks: tasksOf(await temporaryFolder(), 1) });
    expect(scorers()).toHaveLength(1);
    await expect.poll(scorers, { timeout: 5000 }).toEqual([]);
  });

  it('takes the process that has been started for it', async () => {
    const pool = openPool();
    pool.prepare();
    pool.prepare();
    const prepared = scorers();
    expect(prepared).toHaveLength(1);
    await pool.score({ tasks: tasksOf(await temporaryFolder(), 1) });
    expect(scorers()).toEqual(prepared);
  });

  it('that never comes leaves no process behind', async () => {
    openPool({ warmMs: 200 }).prepare();
    expect(scorers()).toHaveLength(1);
    await expect.poll(scorers, { timeout: 5000 }).toEqual([]);
    const disposed = openPool();
    disposed.dispose();
    disposed.prepare();
    expect(scorers()).toEqual([]);
  });
});

describe('what goes wrong with one checkpoint', () => {
  it('does not stop the others, and is told once', async () => {
    const results = await temporaryFolder();
    const cut = join(await temporaryFolder(), 'model.onnx');
    await writeFile(cut, 'nonsense');
    const tasks = tasksOf(results, 4);
    const failed: number[] = [];
    const outcome = await openPool().score({
      tasks: tasks
        .with(1, { ...tasks[1]!, model: cut })
        .with(2, { ...tasks[2]!, model: join(FIXTURES, 'nan', 'model.onnx') }),
      onFailure: (_, { step }) => failed.push(step),
    });
    expect(outcome).toMatchObject({ checkpoints: 2, scored: 2 * REFERENCE.length, cancelled: false });
    expect(outcome.failures.map(({ code }) => code).toSorted()).toEqual([
      'logits-not-finite',
      'model-unreadable',
    ]);
    expect(failed.toSorted()).toEqual([1, 2]);
  });

  it.each([1, 2])(
    'which is a file of zeros, in %i processes, does not take down the program',
    async (processes) => {
      const empty = join(await temporaryFolder(), 'model.onnx');
      await writeZeros(empty, 60 << 20);
      const tasks = tasksOf(await temporaryFolder(), 4);
      const outcome = await openPool({ processes }).score({
        // The last of a run is what memory is measured by.
        tasks: [1, 3].reduce((all, step) => all.with(step, { ...all[step]!, model: empty }), tasks),
      });
      expect(outcome).toMatchObject({ checkpoints: 2, scored: 2 * REFERENCE.length, cancelled: false });
      expect(outcome.failures).toMatchObject([{ code: 'model-unreadable', file: empty }]);
    },
  );

  it('is one failure where all have the same', async () => {
    const model = join(FIXTURES, 'last-only', 'model.onnx');
    const results = await temporaryFolder();
    const copies = Array.from({ length: 8 }, (_, step) => join(results, `${step}.onnx`));
    for (const copy of copies) await copyFile(model, copy);
    const tasks = tasksOf(results, 8).map((one, step) => ({ ...one, model: copies[step]! }));
    const { failures } = await openPool({ processes: 1 }).score({ tasks });
    expect(failures).toMatchObject([
      { code: 'model-last-logits', file: copies[0], place: 'run run, step 0, output [12, 1, 325]' },
    ]);
    expect(failures[0]!.message).toContain(
      'The same is true of 7 more checkpoints: run run, step 1, output [12, 1, 325]; run run, step 2',
    );
    // People read a few names, programs and the log all of them.
    expect(failures[0]!.message).not.toContain('step 7');
    expect(failures[0]!.others).toEqual(
      [1, 2, 3, 4, 5, 6, 7].map((step) => ({
        file: copies[step],
        place: `run run, step ${step}, output [12, 1, 325]`,
      })),
    );
  });

  it('a text that no checkpoint can score is told once for all', async () => {
    const requests = [request('', 'x'), request('The', ' moon')];
    const results = await temporaryFolder();
    const outcome = await openPool().score({
      tasks: ['a', 'b', 'c'].flatMap((run) => tasksOf(results, 1, { requests, run, id: run })),
    });
    expect(outcome.failures).toMatchObject([{ code: 'nothing-before-target', place: 'probe fact/probe' }]);
    expect(outcome.scored).toBe(3);
  });

  it('no Node to run it with', async () => {
    const execPath = join(await temporaryFolder(), 'node');
    const outcome = await openPool({ execPath }).score({ tasks: tasksOf(await temporaryFolder(), 3) });
    expect(outcome.failures).toMatchObject([{ code: 'scorer-start', file: execPath }]);
    expect(outcome.failures[0]!.place).toBeUndefined();
    expect(outcome.failures[0]!.message).toContain('3 of 3 checkpoints are left');
  });

  it('a program that is no Node and never says anything ends the job after one time limit', async () => {
    const execPath = join(await temporaryFolder(), 'node');
    const tries = `${execPath}.tries`;
    await writeFile(execPath, `#!/bin/sh\necho once >> ${tries}\nexec sleep 600\n`, { mode: 0o755 });
    const told: string[] = [];
    const outcome = await openPool({ execPath, processes: 1, timeLimit: 1 / 60 }).score({
      tasks: tasksOf(await temporaryFolder(), 3),
      onFailure: ({ code }) => told.push(code),
    });
    expect(told).toEqual(['scorer-start']);
    expect(outcome).toMatchObject({
      checkpoints: 0,
      cancelled: false,
      failures: [
        { code: 'scorer-start', file: execPath, remedy: expect.stringContaining('nodePath') as string },
      ],
    });
    expect(await readFile(tries, 'utf8')).toBe('once\n');
  });

  it('no native library', async () => {
    // Outside the project onnxruntime-node is not found.
    const copy = join(await temporaryFolder(), 'scorer.js');
    await copyFile(programs.scorerPath, copy);
    const outcome = await openPool({ scorerPath: copy }).score({
      tasks: tasksOf(await temporaryFolder(), 2),
    });
    expect(outcome.failures).toMatchObject([{ code: 'runtime-missing' }]);
  });
});

describe('a scorer that is killed', () => {
  it('is started again; nothing finished is lost, nothing is there twice', async () => {
    const results = await temporaryFolder();
    const requests = manyRequests(1500);
    let kills = 0;
    const outcome = await openPool({ processes: 1 }).score({
      tasks: tasksOf(results, 3, { requests }),
      onProgress: ({ done, checkpointsDone }) => {
        if (kills === 0 && checkpointsDone === 1 && done > 1700) {
          kills++;
          process.kill(scorers()[0]!, 'SIGKILL');
        }
      },
    });
    expect(kills).toBe(1);
    expect(outcome).toMatchObject({ checkpoints: 3, failures: [], cancelled: false });
    const rows = await rowsOnDisk(results);
    expect(rows).toHaveLength(4500);
    expect(outcome.scored + outcome.reused).toBe(4500);
  });

  it('reads no prompt once for all its continuations the second time: a graph may not bear it', async () => {
    const requests = Array.from({ length: 600 }, (_, i) =>
      request(`The moons ${'Ganymede and '.repeat(6)}${i % 20}`, ` Callisto ${i}`, { probe: `probe-${i}` }),
    );
    const waysOf = async (kill: () => void): Promise<Set<string | undefined>> => {
      const results = await temporaryFolder();
      const outcome = await openPool({ processes: 1 }).score({
        tasks: [task('past', results, { requests, leastSaved: 0 })],
        onProgress: kill,
      });
      expect(outcome).toMatchObject({ checkpoints: 1, failures: [], scored: 600 });
      expect(await rowsOnDisk(results)).toHaveLength(600);
      const { parts } = await readRun(results, 'run');
      return new Set(parts.map(({ metadata }) => metadata.settings['prompts']));
    };
    expect(await waysOf(() => undefined)).toEqual(new Set(['shared']));
    let kills = 0;
    const ways = await waysOf(() => {
      if (kills++ === 0) for (const pid of scorers()) process.kill(pid, 'SIGKILL');
    });
    expect(ways).toEqual(new Set(['repeated']));
  });

  it('twice at the same checkpoint costs that checkpoint only, which is named', async () => {
    const results = await temporaryFolder();
    const tasks = tasksOf(results, 3);
    const victim = { ...tasks[1]!, requests: manyRequests(1500) };
    let kills = 0;
    const outcome = await openPool({ processes: 1 }).score({
      tasks: tasks.with(1, victim),
      onProgress: ({ detail, done }) => {
        if (detail !== 'run, step 1' || done === REFERENCE.length) return;
        kills++;
        for (const pid of scorers()) process.kill(pid, 'SIGKILL');
      },
    });
    expect(kills).toBeGreaterThanOrEqual(2);
    expect(outcome).toMatchObject({ checkpoints: 2, cancelled: false });
    expect(outcome.failures).toMatchObject([
      { code: 'scorer-lost', file: victim.model, place: 'run run, step 1' },
    ]);
    expect(outcome.failures[0]!.message).toContain('SIGKILL');
    expect(outcome.failures[0]!.remedy).toContain('score fewer at a time');
  });

  it('by nobody here, as where memory runs out, is started again when no other is running', async () => {
    const seen: number[][] = [];
    let first: number[] = [];
    const outcome = await openPool({ processes: 2 }).score({
      tasks: tasksOf(await temporaryFolder(), 2, { requests: manyRequests(1500) }),
      onProgress: ({ done }) => {
        const now = scorers();
        seen.push(now);
        if (first.length > 0 || now.length < 2 || done === 0) return;
        first = now;
        process.kill(now[0]!, 'SIGKILL');
      },
    });
    expect(outcome).toMatchObject({ checkpoints: 2, failures: [] });
    expect(first).toHaveLength(2);
    const anew = seen.filter((now) => now.some((pid) => !first.includes(pid)));
    expect(anew.length).toBeGreaterThan(0);
    for (const now of anew) expect(now).toHaveLength(1);
  });

  it('in each of several jobs, all get their turn', async () => {
    const pool = openPool({ processes: 2 });
    const jobs = [await temporaryFolder(), await temporaryFolder(), await temporaryFolder()];
    let kills = 0;
    const outcomes = await Promise.all(
      jobs.map((results) =>
        pool.score({
          tasks: tasksOf(results, 2, { requests: manyRequests(300) }),
          onProgress: () => {
            if (kills > 0 || scorers().length < 2) return;
            for (const pid of scorers()) process.kill(pid, 'SIGKILL');
            kills++;
          },
        }),
      ),
    );
    expect(kills).toBe(1);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ checkpoints: 2, failures: [] });
  });

  it('because it hangs: without progress for too long', async () => {
    const results = await temporaryFolder();
    const pool = openPool({ processes: 1, timeLimit: 1.5 / 60 });
    await pool.score({ tasks: tasksOf(results, 1) });
    const [pid] = scorers();
    process.kill(pid!, 'SIGSTOP');
    const outcome = await pool.score({ tasks: tasksOf(await temporaryFolder(), 1) });
    expect(outcome).toMatchObject({ checkpoints: 1, failures: [] });
    expect(scorers()).not.toContain(pid);
  });
});

describe('cancelling a job', () => {
  it('keeps what is done; the next start does the rest', async () => {
    const results = await temporaryFolder();
    const tasks = tasksOf(results, 3, { requests: manyRequests(1500) });
    const pool = openPool({ processes: 2 });
    const controller = new AbortController();
    const stopped = await pool.score({
      tasks,
      signal: controller.signal,
      onProgress: ({ done }) => {
        if (done > 500) controller.abort();
      },
    });
    expect(stopped).toMatchObject({ cancelled: true, failures: [] });
    expect(stopped.scored).toBeGreaterThan(500);
    expect(stopped.scored).toBeLessThan(4500);
    expect(await rowsOnDisk(results)).toHaveLength(stopped.scored);
    const rest = await pool.score({ tasks });
    expect(rest).toMatchObject({ scored: 4500 - stopped.scored, reused: stopped.scored, cancelled: false });
    expect(await rowsOnDisk(results)).toHaveLength(4500);
  });

  it('keeps what is done when the whole group of processes is told to end, as clusters do', async () => {
    const results = await temporaryFolder();
    const controller = new AbortController();
    const stopped = await openPool({ processes: 1 }).score({
      tasks: tasksOf(results, 1, { requests: manyRequests(1500) }),
      signal: controller.signal,
      onProgress: ({ done }) => {
        if (done === 0 || controller.signal.aborted) return;
        for (const pid of scorers()) process.kill(pid, 'SIGTERM');
        controller.abort();
      },
    });
    expect(stopped).toMatchObject({ cancelled: true, failures: [] });
    expect(stopped.scored).toBeGreaterThan(0);
    expect(await rowsOnDisk(results)).toHaveLength(stopped.scored);
  });

  it('before it begins starts no process', async () => {
    const outcome = await openPool().score({
      tasks: tasksOf(await temporaryFolder(), 2),
      signal: AbortSignal.abort(),
    });
    expect(outcome).toMatchObject({ checkpoints: 0, cancelled: true, failures: [] });
    expect(scorers()).toEqual([]);
  });
});

it('a pool that is disposed of ends its jobs and starts no process again', async () => {
  const pool = openPool({ processes: 1 });
  const outcome = await pool.score({
    tasks: tasksOf(await temporaryFolder(), 2, { requests: manyRequests(1500) }),
    onProgress: ({ done }) => {
      if (done > 0) pool.dispose();
    },
  });
  expect(outcome).toMatchObject({ cancelled: true, failures: [] });
  await expect.poll(scorers).toEqual([]);
});

it('a scorer whose parent is gone writes what is done and ends', async () => {
  const results = await temporaryFolder();
  const parent = await bundle({ parent: 'test/scoring/faults/parent.ts' });
  try {
    const job = {
      scorerPath: programs.scorerPath,
      tasks: tasksOf(results, 1, { requests: manyRequests(3000) }),
    };
    const file = join(await temporaryFolder(), 'job.json');
    await writeFile(file, JSON.stringify(job));
    const child = spawn(process.execPath, [join(parent.folder, 'parent.js'), file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    await expect.poll(() => said, { timeout: 20_000 }).toMatch(/[1-9]\d* done/);
    const pid = scorersOf(child.pid!, programs.scorerPath)[0]!;
    child.kill('SIGKILL');
    await once(child, 'exit');
    for (let i = 0; i < 100 && isAlive(pid); i++) await wait(100);
    expect(isAlive(pid)).toBe(false);
    const { length } = await rowsOnDisk(results);
    expect(length).toBeGreaterThan(0);
    expect(length).toBeLessThan(3000);
  } finally {
    await parent.remove();
  }
});
