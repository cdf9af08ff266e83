import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { openHashes } from '../../../src/disk/hash';
import type { CheckpointTask } from '../../../src/protocol/scorer';
import { createAhead } from '../../../src/scoring/job/ahead';
import { FIXTURES, task, temporaryFolder } from '../helpers';

/** A task on a model that has lain there for a while: hashes of files just written are not remembered. */
async function waiting(fixture = 'plain'): Promise<CheckpointTask> {
  const folder = await temporaryFolder();
  const results = join(folder, 'x.scores');
  await mkdir(results);
  return task(fixture, results);
}
const kept = ({ results }: CheckpointTask): string => join(results, '_hashes.json');

it('leaves the hash of the next model where its scorer looks for it', async () => {
  const next = await waiting();
  createAhead().turnTo(next);
  await expect.poll(() => existsSync(kept(next))).toBe(true);
  const known = JSON.parse(await readFile(kept(next), 'utf8')) as Record<string, { sha256: string }>;
  const sha256 = await (await openHashes()).file(next.model);
  expect(Object.values(known).map((one) => one.sha256)).toEqual([sha256]);
});

it('hashes external data too', async () => {
  const next = await waiting('external');
  createAhead().turnTo(next);
  await expect.poll(() => existsSync(kept(next))).toBe(true);
  const known = JSON.parse(await readFile(kept(next), 'utf8')) as object;
  expect(Object.keys(known)).toHaveLength(2);
});

it('leaves off when another is next, or none', async () => {
  const [first, second] = [await waiting(), await waiting()];
  const ahead = createAhead();
  ahead.turnTo(first);
  ahead.turnTo(second);
  await expect.poll(() => existsSync(kept(second))).toBe(true);
  const third = await waiting();
  ahead.turnTo(third);
  ahead.turnTo(undefined);
  await wait(300);
  expect(existsSync(kept(first))).toBe(false);
  expect(existsSync(kept(third))).toBe(false);
});

it('says nothing of a model that is missing or broken: its scorer does', async () => {
  const folder = await temporaryFolder();
  const model = join(folder, 'model.onnx');
  const next = { ...(await waiting()), model };
  const ahead = createAhead();
  ahead.turnTo(next);
  await writeFile(model, 'nonsense');
  ahead.turnTo({ ...next });
  await copyFile(join(FIXTURES, 'external', 'model.onnx'), model);
  ahead.turnTo({ ...next });
  await wait(300);
  expect(existsSync(kept(next))).toBe(false);
});
