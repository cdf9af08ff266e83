import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listSupportedBackends } from 'onnxruntime-node';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { readRun } from '../../../src/disk/results/read';
import { PROVIDERS, type CheckpointTask, type Provider } from '../../../src/protocol/scorer';
import { identify } from '../../../src/scoring/checkpoint/identity';
import { createScorerPool, type ScorerPool } from '../../../src/scoring/job/pool';
import { startProvider } from '../../../src/scoring/session/provider';
import { bundle, type Bundle } from '../../bundle';
import { scorersOf, tasksOf } from '../faults/scene';
import { REFERENCE, rejection, task, temporaryFolder } from '../helpers';

let scorer: Bundle;
let pool: ScorerPool | undefined;
beforeAll(async () => {
  scorer = await bundle({ scorer: 'src/scoring/checkpoint/process.ts' });
});
afterEach(() => {
  pool?.dispose();
  vi.unstubAllEnvs();
});
afterAll(() => scorer.remove());

function openPool(processes?: number): ScorerPool {
  const scorerPath = join(scorer.folder, 'scorer.js');
  pool = createScorerPool({ scorerPath, ...(processes !== undefined && { processes }) });
  return pool;
}

const on = (provider: Provider, tasks: CheckpointTask[]): CheckpointTask[] =>
  tasks.map((one) => ({ ...one, provider }));
const packaged = listSupportedBackends().map(({ name }) => name);

it('is set to what there is to choose from', () => {
  const { contributes } = JSON.parse(
    readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
  ) as {
    contributes: {
      configuration: { properties: Record<string, { enum?: string[]; enumDescriptions?: [] }> };
    };
  };
  const setting = contributes.configuration.properties['knowledgeProbes.scoring.executionProvider']!;
  expect(setting.enum).toEqual(PROVIDERS);
  expect(setting.enumDescriptions).toHaveLength(PROVIDERS.length);
});

describe('a provider that is not there', () => {
  it('is refused in one sentence for the whole job, and nothing is written', async () => {
    const results = join(await temporaryFolder(), 'x.scores');
    const absent = PROVIDERS.find((name) => !packaged.includes(name))!;
    const told: string[] = [];
    const outcome = await openPool(2).score({
      tasks: on(absent, tasksOf(results, 5)),
      onFailure: ({ code }) => told.push(code),
    });
    expect(outcome).toMatchObject({ scored: 0, checkpoints: 0, cancelled: false });
    expect(told).toEqual(['provider-missing']);
    expect(outcome.failures).toHaveLength(1);
    const { message, remedy, place } = outcome.failures[0]!;
    expect(message).toContain(
      `The execution provider ${absent} is not in ONNX Runtime's package for ${process.platform}-${process.arch}.`,
    );
    expect(message).toContain('5 of 5 checkpoints are left.');
    expect(place).toBeUndefined();
    expect(remedy).toContain('knowledgeProbes.scoring.executionProvider or --provider');
    expect(remedy).toContain('cpu');
    expect(existsSync(results)).toBe(false);
  });

  it('is refused whatever somebody has written into the settings', async () => {
    expect(await rejection(startProvider('CUDA ' as Provider))).toMatchObject({ code: 'provider-missing' });
  });
});

const cudaFails = packaged.includes('cuda') && !existsSync('/dev/nvidia0');
it.skipIf(!cudaFails)('one that is there and does not start: CUDA without a graphics card', async () => {
  const results = join(await temporaryFolder(), 'x.scores');
  const { failures, scored } = await openPool(2).score({ tasks: on('cuda', tasksOf(results, 3)) });
  expect(scored).toBe(0);
  expect(failures).toMatchObject([{ code: 'provider-failed' }]);
  expect(failures[0]!.message).toContain('The execution provider cuda does not start on linux-x64: ');
  expect(failures[0]!.remedy).toMatch(/NVIDIA driver, CUDA 12, cuDNN 9.*or choose cpu/);
  expect(existsSync(results)).toBe(false);
});

it('scores of another provider have other keys; those of the CPU are what they were', async () => {
  const results = await temporaryFolder();
  const optionsOf = async (changes: Partial<CheckpointTask>): Promise<string> =>
    (await identify(task('plain', results, changes))).scorer.options;
  const plain = await optionsOf({});
  expect(await optionsOf({ provider: 'cpu' })).toBe(plain);
  expect(plain).not.toContain('provider');
  expect(await optionsOf({ provider: 'cuda' })).toBe(`${plain}, provider cuda`);
});

/** Chromium brings a graphics card in software, and with it a second provider that runs everywhere. */
const CARD = '/usr/lib/chromium/libvk_swiftshader.so';
const canCompute = existsSync(CARD) && packaged.includes('webgpu');
describe.skipIf(!canCompute)('another provider that runs (WebGPU on a card in software)', () => {
  it('scores the same to the fifth digit, for itself; what the CPU scored is not lost', async () => {
    const folder = await temporaryFolder();
    const card = join(folder, 'card.json');
    await writeFile(
      card,
      JSON.stringify({ file_format_version: '1.0.0', ICD: { library_path: CARD, api_version: '1.3.0' } }),
    );
    vi.stubEnv('VK_ICD_FILENAMES', card);
    vi.stubEnv('LD_LIBRARY_PATH', '/usr/lib/chromium');
    const results = join(folder, 'x.scores');
    const tasks = tasksOf(results, 1);
    const scorers = openPool();
    await scorers.score({ tasks });
    const onCard = await scorers.score({ tasks: on('webgpu', tasks) });
    expect(onCard).toMatchObject({ scored: REFERENCE.length, reused: 0, failures: [] });

    const { parts } = await readRun(results, 'run');
    expect(parts.map(({ metadata }) => metadata.settings)).toMatchObject([
      { provider: 'cpu', path: 'gathered' },
      { provider: 'webgpu', path: 'gathered' },
    ]);
    const [ofCpu, ofCard] = parts.map(({ rows }) => rows.map((row) => row.tokens));
    expect(ofCard).toHaveLength(REFERENCE.length);
    for (const [i, tokens] of ofCard!.entries())
      for (const [j, { logprob, rank }] of tokens.entries()) {
        expect(Math.abs(logprob - ofCpu![i]![j]!.logprob)).toBeLessThan(1e-5);
        expect(rank).toBe(ofCpu![i]![j]!.rank);
      }

    // Asked for again, each finds its own.
    expect(await scorers.score({ tasks })).toMatchObject({ scored: 0, reused: REFERENCE.length });
    expect(await scorers.score({ tasks: on('webgpu', tasks) })).toMatchObject({ scored: 0 });
  });
});

it.skipIf(!cudaFails)('takes one process unless more are asked for: a card is one', async () => {
  const scorerPath = join(scorer.folder, 'scorer.js');
  const tasks = on('cuda', tasksOf(await temporaryFolder(), 3));
  await openPool().score({ tasks });
  expect(scorersOf(process.pid, scorerPath)).toHaveLength(1);
});
