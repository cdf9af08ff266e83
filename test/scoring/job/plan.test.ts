import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseProbeFile } from '../../../src/core/probes/parse';
import { planTasks, type PlanOptions } from '../../../src/scoring/job/plan';
import { FIXTURES } from '../helpers';

const { file } = parseProbeFile(`
version: 1
runs:
  - { id: a, checkpoints: 'a/step-{step}' }
  - { id: b, checkpoints: 'b/step-{step}' }
facts:
  - id: moons
    condition: paraphrase
    probes:
      - { kind: memorization, prompt: The moons, target: Callisto, foils: [Ganymede] }
      - { kind: semantic, prompt: The first moons, target: [Callisto, Ganymede], foils: [Mars] }
      - { kind: semantic, prompt: Not this one, target: Callisto, exclude: true }
  - id: government
    condition: { a: once, b: control }
    probes:
      - { kind: memorization, prompt: The government of, target: Mars, foils: [Jupiter] }
`);

const checkpoints = (...steps: readonly number[]) =>
  steps.map((step) => ({ step, model: `/models/step-${step}/model.onnx`, tokenizer: FIXTURES }));
// Found out of order on purpose.
const RUNS = [
  { run: 'a', checkpoints: checkpoints(100, 0, 50) },
  { run: 'b', checkpoints: checkpoints(20, 10) },
];
const plan = async (options: Partial<PlanOptions> = {}) =>
  (await planTasks(file, RUNS, { results: '/x.scores', ...options })).tasks;
const names = (tasks: readonly { readonly run: string; readonly step: number }[]) =>
  tasks.map(({ run, step }) => `${run}${step}`);

describe('the tasks of a file', () => {
  it('are its checkpoints by run and step, each with every text', async () => {
    const tasks = await plan();
    expect(names(tasks)).toEqual(['a0', 'a50', 'a100', 'b10', 'b20']);
    expect(new Set(tasks.map(({ id }) => id)).size).toBe(5);
    expect(tasks[0]).toMatchObject({
      model: '/models/step-0/model.onnx',
      tokenizer: FIXTURES,
      results: '/x.scores',
      threads: 1,
    });
    expect(tasks[0]!.requests.map(({ fact, probe, role, text }) => [fact, probe, role, text])).toEqual([
      ['moons', 'memorization-1', 'target', 'Callisto'],
      ['moons', 'memorization-1', 'foil', 'Ganymede'],
      ['moons', 'semantic-1', 'target', 'Callisto'],
      ['moons', 'semantic-1', 'alternative', 'Ganymede'],
      ['moons', 'semantic-1', 'foil', 'Mars'],
      ['government', 'memorization-1', 'target', 'Mars'],
      ['government', 'memorization-1', 'foil', 'Jupiter'],
    ]);
  });

  it('know the condition of each run', async () => {
    const conditions = (await plan({ fact: 'government' })).map(({ requests }) => requests[0]!.condition);
    expect(conditions).toEqual(['once', 'once', 'once', 'control', 'control']);
  });

  it('are chosen by fact, probe and step', async () => {
    const [task, ...others] = await plan({ fact: 'moons', probe: 'semantic-1', steps: [50, 999] });
    expect(others).toEqual([]);
    expect(names([task!])).toEqual(['a50']);
    expect(task!.requests.map(({ probe }) => probe)).toEqual(['semantic-1', 'semantic-1', 'semantic-1']);
    expect(await plan({ fact: 'nobody' })).toEqual([]);
  });

  it.each([1, 2, 3, 7])('are dealt out whole to %d shards, none twice', async (of) => {
    const shards = await Promise.all(
      Array.from({ length: of }, (_, index) => plan({ shard: { index, of } })),
    );
    expect(shards.flatMap(names).toSorted()).toEqual(names(await plan()).toSorted());
    // j ≡ I mod N, so that a Slurm array may count from 1 as well.
    expect(names(await plan({ shard: { index: of, of } }))).toEqual(names(shards[0]!));
    expect(shards.map(({ length }) => length)).toEqual(
      Array.from({ length: of }, (_, index) => [0, 1, 2, 3, 4].filter((j) => j % of === index).length),
    );
  });

  it('are planned though the tokenizer is missing: scoring says so for each', async () => {
    const lost = [
      { run: 'a', checkpoints: [{ step: 0, model: '/m.onnx', tokenizer: join(FIXTURES, 'plain') }] },
    ];
    expect((await planTasks(file, lost, { results: '/x.scores' })).tasks).toHaveLength(1);
  });
});
