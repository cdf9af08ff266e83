import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readRun } from '../../../src/disk/results/read';
import type { Failure } from '../../../src/core/failure';
import { createScorerPool, type PoolOptions, type ScorerPool } from '../../../src/scoring/job/pool';
import { figures, manyRequests, rowsOnDisk, scorersOf, tasksOf } from '../faults/scene';
import { request, temporaryFolder } from '../helpers';
import { usePrograms } from '../scorer';

/** So many that a checkpoint of them is shared by two. */
const requests = manyRequests(1400);

const programs = usePrograms();

const pools: ScorerPool[] = [];
afterEach(() => {
  for (const pool of pools.splice(0)) pool.dispose();
});
function openPool(options: Partial<PoolOptions> = {}): ScorerPool {
  const pool = createScorerPool({ scorerPath: programs.scorerPath, ...options });
  pools.push(pool);
  return pool;
}

describe('a checkpoint that several processes share', () => {
  it('comes to what one makes of it, and is one checkpoint', async () => {
    const [one, shared] = [await temporaryFolder(), await temporaryFolder()];
    await openPool({ processes: 1 }).score({ tasks: tasksOf(one, 1, { requests }) });
    const told: number[] = [];
    const progress: { done: number; checkpointsDone: number }[] = [];
    const outcome = await openPool({ processes: 2 }).score({
      tasks: tasksOf(shared, 1, { requests }),
      onOutcome: ({ step }) => told.push(step),
      onProgress: (now) => progress.push(now),
    });
    expect(outcome).toMatchObject({ scored: 1400, reused: 0, checkpoints: 1, failures: [], warnings: [] });
    expect(told).toEqual([0]);
    expect(progress.map(({ done }) => done)).toEqual(
      progress.map(({ done }) => done).toSorted((a, b) => a - b),
    );
    expect(progress.at(-1)).toMatchObject({ done: 1400, total: 1400, checkpointsDone: 1, checkpoints: 1 });
    expect(progress.filter(({ checkpointsDone }) => checkpointsDone === 1)).toHaveLength(1);
    expect(figures(await rowsOnDisk(shared))).toEqual(figures(await rowsOnDisk(one)));
    const { parts } = await readRun(shared, 'run');
    expect(parts.length).toBeGreaterThanOrEqual(2);
    expect(new Set(parts.map(({ metadata }) => metadata.settings['threads']))).toEqual(new Set(['1']));
  });

  it('that fails is told of once', async () => {
    const model = join(await temporaryFolder(), 'model.onnx');
    await writeFile(model, 'nonsense');
    const told: Failure[] = [];
    const outcome = await openPool({ processes: 2 }).score({
      tasks: tasksOf(await temporaryFolder(), 1, { requests, model }),
      onFailure: (failure) => told.push(failure),
    });
    expect(outcome).toMatchObject({ checkpoints: 0, failures: [{ file: model, place: 'run run, step 0' }] });
    expect(told).toHaveLength(1);
  });

  it('has one sentence for what is said of probes of all of them', async () => {
    const long = 'The moons Ganymede and Callisto. '.repeat(60);
    const cut = [
      request(long, ' Io', { probe: 'first' }),
      ...requests,
      request(long, ' Ceres', { probe: 'last' }),
    ];
    const results = await temporaryFolder();
    const tasks = tasksOf(results, 3, { requests: cut });
    const { warnings, checkpoints } = await openPool({ processes: 2 }).score({ tasks });
    expect(checkpoints).toBe(3);
    expect(warnings).toEqual([
      expect.stringMatching(
        /^The prompt was cut [^:]*: fact\/first \(\d+ tokens\), fact\/last \(\d+ tokens\)\.$/,
      ),
    ]);
    expect(await rowsOnDisk(results)).toHaveLength(3 * 1402);
  });

  it('loses nothing and has nothing twice where one of them is killed', async () => {
    const results = await temporaryFolder();
    const pool = openPool({ processes: 2 });
    const scoring = pool.score({ tasks: tasksOf(results, 1, { requests }) });
    await expect.poll(async () => (await rowsOnDisk(results)).length, { timeout: 30_000 }).toBeGreaterThan(0);
    process.kill(scorersOf(process.pid, programs.scorerPath)[0]!, 'SIGKILL');
    expect(await scoring).toMatchObject({ checkpoints: 1, failures: [] });
    expect(await rowsOnDisk(results)).toHaveLength(1400);
  });

  it('that is cancelled keeps what is done, and the next job does the rest', async () => {
    const results = await temporaryFolder();
    const pool = openPool({ processes: 2 });
    const stop = new AbortController();
    const tasks = tasksOf(results, 1, { requests });
    const told: number[] = [];
    const first = await pool.score({
      tasks,
      signal: stop.signal,
      onProgress: ({ done }) => {
        if (done > 0) stop.abort();
      },
      onOutcome: ({ step }) => told.push(step),
    });
    expect(first).toMatchObject({ cancelled: true, failures: [] });
    expect(first.scored).toBeLessThan(1400);
    const kept = (await rowsOnDisk(results)).length;
    expect(kept).toBe(first.scored);
    expect(await pool.score({ tasks })).toMatchObject({ scored: 1400 - kept, reused: kept, checkpoints: 1 });
    expect(await rowsOnDisk(results)).toHaveLength(1400);
  });
});
