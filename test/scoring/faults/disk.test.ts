import { spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Failure } from '../../../src/core/failure';
import { createScorerPool } from '../../../src/scoring/job/pool';
import { bundle, type Bundle } from '../../bundle';
import { temporaryFolder } from '../helpers';
import { filesIn, manyRequests, rowsOnDisk, tasksOf } from './scene';

// A machine may do much else at the time.
vi.setConfig({ testTimeout: 240_000 });

let scorer: Bundle;
beforeAll(async () => {
  scorer = await bundle({ scorer: 'src/scoring/checkpoint/process.ts' });
});
afterAll(() => scorer.remove());

it('a full disk ends the job with one failure; with room the rest is scored', async (context) => {
  const small = join(await temporaryFolder(), 'small');
  await mkdir(small);
  const mount = (options: string) =>
    spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', small]).status;
  context.skip(mount('size=96k') !== 0, 'needs the right to mount a small file system');
  const pool = createScorerPool({ scorerPath: join(scorer.folder, 'scorer.js'), processes: 2 });
  try {
    const results = join(small, 'x.scores');
    const requests = manyRequests(60);
    const tasks = tasksOf(results, 40, { requests });
    const told: Failure[] = [];
    const tried = new Set<string>();
    const full = await pool.score({
      tasks,
      onFailure: (failure) => told.push(failure),
      onProgress: ({ detail }) => tried.add(detail),
    });
    expect(full.cancelled).toBe(false);
    expect(full.failures).toHaveLength(1);
    expect(full.failures[0]).toMatchObject({
      code: 'results-write',
      message: expect.stringMatching(
        /^The disk is full; what was scored before is kept. Scoring was stopped; \d+ of 40 checkpoints are left.$/,
      ) as string,
      place: expect.stringMatching(/^run run, step \d+, ENOSPC$/) as string,
      remedy: expect.stringContaining('Free some space') as string,
    });
    expect(told).toHaveLength(1);
    const left = Number(/(\d+) of 40/.exec(full.failures[0]!.message)![1]);
    const done = 40 - left;
    expect(done).toBeGreaterThan(0);
    expect(left).toBeGreaterThan(5);
    expect(full.scored).toBeGreaterThanOrEqual(60 * done);
    // Two processes: what was under way when the disk was full, and no more.
    expect(tried.size).toBeLessThanOrEqual(done + 2);
    expect(await rowsOnDisk(results)).toHaveLength(full.scored);
    expect((await filesIn(results)).filter((file) => file.endsWith('.tmp'))).toEqual([]);

    expect(mount('remount,size=16m')).toBe(0);
    const rest = await pool.score({ tasks });
    expect(rest).toMatchObject({
      failures: [],
      checkpoints: 40,
      scored: 2400 - full.scored,
      reused: full.scored,
    });
    expect(await rowsOnDisk(results)).toHaveLength(2400);
  } finally {
    pool.dispose();
    spawnSync('umount', ['-l', small]);
  }
});

it('a results folder that cannot be made ends the job with one failure', async () => {
  const pool = createScorerPool({ scorerPath: join(scorer.folder, 'scorer.js'), processes: 1 });
  try {
    // A file stands where the folder should be.
    const results = join(scorer.folder, 'scorer.js', 'x.scores');
    const outcome = await pool.score({ tasks: tasksOf(results, 5) });
    expect(outcome).toMatchObject({
      checkpoints: 0,
      cancelled: false,
      failures: [{ code: 'results-write' }],
    });
    expect(outcome.failures[0]!.message).toContain('5 of 5 checkpoints are left');
  } finally {
    pool.dispose();
  }
});
