/** Models that take long to hash: data of gigabytes, all of it holes that take no room. */
import { existsSync } from 'node:fs';
import { cp, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { CheckpointTask } from '../../../src/protocol/scorer';
import { createScorerPool, type ScorerPool } from '../../../src/scoring/job/pool';
import { FIXTURES, REFERENCE, task, temporaryFolder } from '../helpers';
import { usePrograms } from '../scorer';
import { scorersOf } from './scene';

// A machine may do much else at the time.
vi.setConfig({ testTimeout: 120_000 });

const SIZE = 4 * 2 ** 30;

const programs = usePrograms();

let large: CheckpointTask;
let pool: ScorerPool;
let pid: number;
const scorers = (): number[] => scorersOf(process.pid, programs.scorerPath);
beforeEach(async () => {
  const home = await temporaryFolder();
  await cp(join(FIXTURES, 'external'), home, { recursive: true });
  await truncate(join(home, 'model.onnx_data'), SIZE);
  large = task('external', await temporaryFolder(), { model: join(home, 'model.onnx') });
  pool = createScorerPool({ scorerPath: programs.scorerPath, processes: 1, timeLimit: 4 / 60 });
  // From then on the scorer has started: what takes long is the model.
  expect(await pool.score({ tasks: [task('plain', await temporaryFolder())] })).toMatchObject({
    checkpoints: 1,
  });
  pid = scorers()[0]!;
});
afterEach(() => {
  pool.dispose();
});

it('a model that takes longer to hash than the time limit is scored', async () => {
  const outcome = await pool.score({ tasks: [large] });
  expect(outcome).toMatchObject({ checkpoints: 1, failures: [], scored: REFERENCE.length });
  expect(scorers()).toEqual([pid]);
});

it('a job that is cancelled while a model is hashed leaves off, and its scorer lives on', async () => {
  const stop = new AbortController();
  const scoring = pool.score({ tasks: [large], signal: stop.signal });
  await wait(1000);
  stop.abort();
  expect(await scoring).toMatchObject({ cancelled: true, failures: [], scored: 0 });
  expect(existsSync(join(large.results, '_hashes.json'))).toBe(false);
  expect(scorers()).toEqual([pid]);
});
