import { copyFile, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { scoreCheckpoint } from '../../../src/scoring/checkpoint/checkpoint';
import { identify } from '../../../src/scoring/checkpoint/identity';
import { encodeModel } from '../../../src/scoring/graph/encode';
import { decodeModel } from '../../../src/scoring/graph/proto';
import { FIXTURES, REFERENCE, rejection, request, rowsOnDisk, task, temporaryFolder } from '../helpers';

/** A model whose external data has zeros at the end. */
async function large(): Promise<string> {
  const home = await temporaryFolder();
  for (const name of ['model.onnx', 'model.onnx_data'])
    await copyFile(join(FIXTURES, 'external', name), join(home, name));
  await truncate(join(home, 'model.onnx_data'), 40 << 20);
  return join(home, 'model.onnx');
}

/** A hash is only kept of what has not just been written. */
const settle = () => wait(2100);

describe('a model that is large enough to be loaded while it is hashed', () => {
  it('is announced when hashing goes on by itself, once and not again when the hash is known', async () => {
    const job = task('external', await temporaryFolder(), { model: await large() });
    await settle();
    let told = 0;
    const hashed = async () => (await identify(job, { onLong: () => told++ })).scorer.model;
    const first = await hashed();
    expect(told).toBe(1);
    expect(await hashed()).toBe(first);
    expect(told).toBe(1);
    await identify(task('external', await temporaryFolder()), { onLong: () => told++ });
    expect(told).toBe(1);
  });

  it('gives the same, also where nothing is left to be scored', async () => {
    const small = task('external', await temporaryFolder());
    await scoreCheckpoint(small);
    const job = task('external', await temporaryFolder(), { model: await large() });
    expect(await scoreCheckpoint(job)).toMatchObject({ scored: REFERENCE.length });
    const figures = async (of: typeof job) =>
      (await rowsOnDisk(of)).map(({ probe, tokens, logprob_mean }) => ({ probe, tokens, logprob_mean }));
    expect(await figures(job)).toEqual(await figures(small));
    // It has just been written, and is hashed again.
    expect(await scoreCheckpoint(job)).toMatchObject({ scored: 0, reused: REFERENCE.length });
  });

  it('is told of where it cannot be loaded, and first of all what else is wrong', async () => {
    const model = await large();
    const graph = decodeModel(await readFile(model));
    const unknown = graph.graph.nodes.map((each, i) => (i === 0 ? { ...each, op: 'Nonsense' } : each));
    await writeFile(model, encodeModel({ ...graph, graph: { ...graph.graph, nodes: unknown } }));
    const job = task('external', await temporaryFolder(), { model });
    expect(await rejection(scoreCheckpoint(job))).toMatchObject({ code: 'model-unreadable', file: model });
    const refused = { ...job, requests: [request('', 'x')] };
    const outcome = await scoreCheckpoint(refused);
    expect(outcome.refused).toHaveLength(1);
    await settle();
    const file = join(await temporaryFolder(), 'file');
    await writeFile(file, '');
    const nowhere = { ...job, results: join(file, 'x.scores') };
    expect(await rejection(scoreCheckpoint(nowhere))).toMatchObject({ code: 'results-write' });
  });
});
