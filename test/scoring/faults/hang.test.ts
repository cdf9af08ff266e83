import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { expect, it, vi } from 'vitest';
import { createScorerPool } from '../../../src/scoring/job/pool';
import { bundle } from '../../bundle';
import { request, temporaryFolder } from '../helpers';
import { usePrograms } from '../scorer';
import { isAlive, manyRequests, scorersOf, tasksOf } from './scene';

/** A graph that never gives an answer, made by make.py. */
const HANG = join(import.meta.dirname, 'hang.onnx');
const requests = [request('The moons Ganymede and', ' Callisto')];

// A machine may do much else at the time.
vi.setConfig({ testTimeout: 120_000 });

const programs = usePrograms({ parent: 'test/scoring/faults/parent.ts' });

it.concurrent('a graph that hangs costs its checkpoint, which is named; the others are scored', async () => {
  const pool = createScorerPool({ scorerPath: programs.scorerPath, processes: 1, timeLimit: 6 / 60 });
  try {
    const [first, ...others] = tasksOf(await temporaryFolder(), 3, { requests });
    const outcome = await pool.score({ tasks: [{ ...first!, model: HANG }, ...others] });
    expect(outcome).toMatchObject({ checkpoints: 2, scored: 2, cancelled: false });
    expect(outcome.failures).toMatchObject([{ code: 'scorer-lost', file: HANG, place: 'run run, step 0' }]);
    expect(outcome.failures[0]!.message).toContain('6 s without progress');
    expect(outcome.failures[0]!.remedy).toContain('time limit');
  } finally {
    pool.dispose();
  }
});

it.concurrent('a scorer that hangs ends when its parent is killed', async () => {
  const file = join(await temporaryFolder(), 'job.json');
  const tasks = tasksOf(await temporaryFolder(), 1, { requests, model: HANG });
  await writeFile(file, JSON.stringify({ scorerPath: programs.scorerPath, tasks }));
  const parent = spawn(process.execPath, [join(programs.folder, 'parent.js'), file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  parent.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  // Nothing is done yet, and nothing ever will be.
  await expect.poll(() => said, { timeout: 60_000 }).toContain('0 done');
  await wait(1500);
  const [scorer] = scorersOf(parent.pid!, programs.scorerPath);
  expect(isAlive(scorer!)).toBe(true);
  parent.kill('SIGKILL');
  await expect.poll(() => isAlive(scorer!), { timeout: 40_000, interval: 500 }).toBe(false);
});

it.concurrent.for([
  ['hangs', { requests, model: HANG }, /^0 done/],
  ['scores', { requests: manyRequests(20_000) }, /[1-9]\d* done/],
] as const)(
  'a scorer that %s ends when the thread that owns it ends, though its process lives',
  async ([, changes, busy], { expect }) => {
    // A folder of its own tells its scorer from those of other tests.
    const own = await bundle({ scorer: 'src/scoring/checkpoint/process.ts' });
    try {
      const path = join(own.folder, 'scorer.js');
      const file = join(await temporaryFolder(), 'job.json');
      const tasks = tasksOf(await temporaryFolder(), 1, changes);
      await writeFile(file, JSON.stringify({ scorerPath: path, tasks }));
      const thread = new Worker(join(programs.folder, 'parent.js'), { argv: [file], stdout: true });
      let said = '';
      thread.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
      await expect.poll(() => said, { timeout: 60_000 }).toMatch(busy);
      await wait(1500);
      expect(scorersOf(process.pid, path)).toHaveLength(1);
      await thread.terminate();
      await expect.poll(() => scorersOf(process.pid, path), { timeout: 40_000, interval: 500 }).toEqual([]);
    } finally {
      await own.remove();
    }
  },
);
