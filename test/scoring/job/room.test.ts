import { copyFile, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CheckpointTask } from '../../../src/protocol/scorer';
import { freeMemory, roomFor } from '../../../src/scoring/job/room';
import { tasksOf } from '../faults/scene';
import { FIXTURES, temporaryFolder } from '../helpers';

const GB = 1 << 30;

/** Tasks of a model with ten gigabytes of external data, none of which is on the disk. */
let large: readonly CheckpointTask[];
let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  const model = join(folder, 'model.onnx');
  await copyFile(join(FIXTURES, 'external', 'model.onnx'), model);
  await copyFile(join(FIXTURES, 'external', 'model.onnx_data'), `${model}_data`);
  await truncate(`${model}_data`, 10 * GB);
  large = tasksOf(folder, 2).map((task) => ({ ...task, model }));
});

describe('room for scorers', () => {
  it('is by the model’s size with its external data', async () => {
    expect((await stat(join(folder, 'model.onnx_data'))).size).toBe(10 * GB);
    expect(await roomFor(large, 64 * GB)).toBe(3);
    expect(await roomFor(large, 30 * GB)).toBe(1);
    expect(await roomFor(tasksOf(folder, 2), 64 * GB)).toBeGreaterThan(100);
  });

  it('is by the largest model of several runs', async () => {
    const small = tasksOf(folder, 2).map((task) => ({ ...task, run: 'other' }));
    expect(await roomFor([...small, ...large], 64 * GB)).toBe(3);
    expect(await roomFor([...large, ...small], 64 * GB)).toBe(3);
  });

  it('is there for one, however large, and for what cannot be read', async () => {
    expect(await roomFor(large, 0)).toBe(1);
    const missing = large.map((task) => ({ ...task, model: join(folder, 'missing.onnx') }));
    expect(await roomFor(missing, 64 * GB)).toBeGreaterThan(100);
  });

  it('is known of this machine', () => {
    expect(freeMemory()).toBeGreaterThan(100 << 20);
  });
});
