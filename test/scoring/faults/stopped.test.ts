import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { createScorerPool } from '../../../src/scoring/job/pool';
import { temporaryFolder } from '../helpers';
import { usePrograms } from '../scorer';
import { manyRequests, scorersOf, tasksOf } from './scene';

// A machine may do much else at the time.
vi.setConfig({ testTimeout: 240_000 });

/** Minutes that a scorer may be silent, and milliseconds of a pause that is longer. */
const timeLimit = 4 / 60;
const PAUSE_MS = 6000;

const programs = usePrograms({ parent: 'test/scoring/faults/parent.ts' });

it('a job that was stopped for longer than the time limit, as with a machine put to sleep, goes on with its scorer', async () => {
  const tasks = tasksOf(await temporaryFolder(), 2, { requests: manyRequests(1500) });
  const file = join(await temporaryFolder(), 'job.json');
  await writeFile(file, JSON.stringify({ scorerPath: programs.scorerPath, tasks, timeLimit }));
  const parent = spawn(process.execPath, [join(programs.folder, 'parent.js'), file], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  try {
    let said = '';
    parent.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    await expect.poll(() => said, { timeout: 60_000, interval: 10 }).toMatch(/[1-9]\d* done/);
    const scorers = scorersOf(parent.pid!, programs.scorerPath);
    expect(scorers).toHaveLength(1);
    process.kill(-parent.pid!, 'SIGSTOP');
    await wait(PAUSE_MS);
    process.kill(-parent.pid!, 'SIGCONT');
    await expect.poll(() => said, { timeout: 120_000 }).toContain('ended: 2 checkpoints, 0 failures');
    expect(scorersOf(parent.pid!, programs.scorerPath)).toEqual(scorers);
  } finally {
    process.kill(-parent.pid!, 'SIGKILL');
  }
});

it('a parent that was busy for longer than the time limit reads what its scorer has said before it judges', async () => {
  const pool = createScorerPool({ scorerPath: programs.scorerPath, processes: 1, timeLimit });
  try {
    let before: number[] = [];
    const outcome = await pool.score({
      tasks: tasksOf(await temporaryFolder(), 1, { requests: manyRequests(1500) }),
      onProgress: ({ done }) => {
        if (done === 0 || before.length > 0) return;
        before = scorersOf(process.pid, programs.scorerPath);
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
      },
    });
    expect(outcome).toMatchObject({ checkpoints: 1, failures: [] });
    expect(before).toHaveLength(1);
    expect(scorersOf(process.pid, programs.scorerPath)).toEqual(before);
  } finally {
    pool.dispose();
  }
});
