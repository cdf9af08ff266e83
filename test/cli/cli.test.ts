import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunAnalysis } from '../../src/core/dynamics/analysis';
import type { ScoreRow } from '../../src/core/results/row';
import type { ScoringOutcome } from '../../src/protocol/scoring';
import { writeZeros } from '../scoring/graph/large';
import { program, type Program } from './program';

const STEPS = [0, 7, 14, 50];
const TEXTS = 556;

let cli: Program;
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the program's formats, by name
const json = <T>(text: string): T => JSON.parse(text) as T;
const score = async (...more: string[]) => {
  const ended = await cli.run('score', cli.file, '--run', 's1', '--format', 'json', ...more);
  return { ...ended, outcome: json<ScoringOutcome>(ended.stdout) };
};
const edit = async (from: string, to: string) => {
  const text = await readFile(cli.file, 'utf8');
  expect(text).toContain(from);
  await writeFile(cli.file, text.replace(from, to));
};

beforeAll(async () => {
  cli = await program(STEPS);
});
afterAll(() => cli.remove());

describe('the command line on the example', () => {
  it('checks: nothing wrong but the run whose checkpoints are not here', async () => {
    const { code, stdout } = await cli.run('check', cli.file, '--format', 'json');
    const findings = json<{ code: string; line: number; severity: string }[]>(stdout);
    expect(findings.map((finding) => finding.code)).toEqual(['checkpoints-missing']);
    const lines = (await readFile(cli.file, 'utf8')).split('\n');
    expect(lines[findings[0]!.line - 1]).toContain('checkpoints: checkpoints/s2/');
    expect(code).toBe(findings[0]!.severity === 'error' ? 1 : 0);
  });

  it('says before scoring that nothing is scored', async () => {
    const { code, stderr } = await cli.run('analyze', cli.file);
    expect(code).toBe(2);
    expect(stderr).toContain('knowledge-probes score');
  });

  it('scores a run, shard by shard, and nothing twice', async () => {
    const first = await score('--shard', '0/2');
    expect(first.code, first.stderr).toBe(0);
    expect(first.outcome).toMatchObject({ scored: 2 * TEXTS, reused: 0, checkpoints: 2 });
    expect((await score('--shard', '1/2')).outcome).toMatchObject({ scored: 2 * TEXTS, reused: 0 });
    expect((await score()).outcome).toMatchObject({ scored: 0, reused: 4 * TEXTS, checkpoints: 4 });
  });

  it('gives the rows that PyTorch gives', async () => {
    const { stdout } = await cli.run('results', cli.file, '--run', 's1', '--format', 'json');
    const rows = json<ScoreRow[]>(stdout);
    expect(rows).toHaveLength(STEPS.length * TEXTS);
    const reference = json<Reference>(
      await readFile(new URL('../../examples/reference/s1.json', import.meta.url), 'utf8'),
    );
    const byName = new Map(
      rows.map((row) => [name(row.step, row.fact, row.probe, row.role, row.index), row]),
    );
    let largest = 0;
    for (const step of STEPS) {
      for (const [i, [fact, probe, , role, index]] of reference.items.entries()) {
        const [mean] = reference.scores[String(step)]![i]!;
        const row = byName.get(name(step, fact, probe, role, index))!;
        largest = Math.max(largest, Math.abs(row.logprob_mean - mean));
      }
    }
    expect(largest).toBeLessThan(1e-5);
  });

  it('scores again only what was edited, and leaves the former text out of the results', async () => {
    await edit('target: walnuts', 'target: hazelnuts');
    const before = json<ScoreRow[]>((await cli.run('results', cli.file, '--format', 'json')).stdout);
    expect(before.filter((row) => row.text === 'walnuts' && row.probe === 'memorization-1')).toHaveLength(0);
    expect((await score()).outcome).toMatchObject({
      scored: STEPS.length,
      reused: STEPS.length * (TEXTS - 1),
    });
    await edit('target: hazelnuts', 'target: walnuts');
    expect((await score()).outcome).toMatchObject({ scored: 0 });
  });

  it('analyzes: effectivity of the first encounter as computed from the reference', async () => {
    const { code, stdout } = await cli.run('analyze', cli.file, '--run', 's1', '--format', 'json');
    expect(code).toBe(0);
    const [analysis] = json<{ runs: RunAnalysis[] }>(stdout).runs;
    const group = analysis!.groups.find(
      ({ condition, kind }) => condition === 'paraphrase' && kind === 'memorization',
    )!;
    const reference = json<Reference>(
      await readFile(new URL('../../examples/reference/s1.json', import.meta.url), 'utf8'),
    );
    const paraphrased = [
      ...(await readFile(cli.file, 'utf8')).matchAll(/- id: (\S+)\n {4}condition: \{ s1: paraphrase/g),
    ].map(([, id]) => id);
    const at = (step: number, i: number) => reference.scores[String(step)]![i]![0];
    const rises = reference.items.flatMap(([fact, , kind, role], i) =>
      role === 'target' && kind === 'memorization' && paraphrased.includes(fact)
        ? [Math.max(at(7, i), at(14, i), at(50, i)) - at(0, i)]
        : [],
    );
    expect(rises).toHaveLength(12);
    const mean = rises.reduce((sum, rise) => sum + rise, 0) / rises.length;
    expect(group.effectivity[0]!.mean).toBeCloseTo(mean, 5);
    expect(group.effectivity[0]!.checkpointsInWindow).toBe(3);
  });

  it('prints tables for people', async () => {
    const { stdout } = await cli.run('analyze', cli.file, '--run', 's1');
    expect(stdout).toMatch(/^Run s1 \(group tiny, seed 1, 4 checkpoints, steps 0 to 50/);
    expect(stdout).toMatch(/paraphrase +memorization +12 +\d\.\d{3}/);
  });
});

describe('the command line on what goes wrong', () => {
  it('names the model that cannot be read, and scores the others', async () => {
    const model = join(cli.folder, 'checkpoints/s1/step-7/model.onnx');
    await rename(model, `${model}.away`);
    await writeFile(model, 'no model');
    const other = join(cli.folder, 'other');
    const { code, stdout, stderr } = await cli.run(
      ...['score', cli.file, '--run', 's1', '--format', 'json', '--results', other],
    );
    expect(code).toBe(1);
    expect(stderr).toContain(model);
    expect(json<ScoringOutcome>(stdout)).toMatchObject({ scored: 3 * TEXTS, checkpoints: 3 });
    await rm(model);
    await rename(`${model}.away`, model);
  });

  it('bears a model of zeros at the last step: check says nothing of it, score names it', async () => {
    const model = join(cli.folder, 'checkpoints/s1/step-50/model.onnx');
    await rename(model, `${model}.away`);
    await writeZeros(model, 60 << 20);
    const { stdout } = await cli.run('check', cli.file, '--format', 'json');
    expect(json<{ code: string }[]>(stdout).map(({ code }) => code)).toEqual(['checkpoints-missing']);
    const { code, stderr, outcome } = await score('--results', join(cli.folder, 'zeros'));
    expect(code).toBe(1);
    expect(stderr).toContain(model);
    expect(outcome).toMatchObject({ scored: 3 * TEXTS, checkpoints: 3 });
    await rm(model);
    await rename(`${model}.away`, model);
  });

  it('refuses wrong use with exit code 2 and the reason', async () => {
    for (const [args, reason] of [
      [['score'], 'missing required argument'],
      [['score', 'nowhere.probes.yaml'], 'no such probe file'],
      [['score', cli.file, '--run', 'nobody'], 'nobody'],
      [['score', cli.file, '--shard', '3/2'], 'I/N'],
      [['score', cli.file, '--steps', '1,x'], 'whole number'],
      [['analyze', cli.file, '--fact', 'nothing'], 'nothing'],
      [['check', cli.file, '--format', 'xml'], 'xml'],
      [['chekc'], 'chekc'],
    ] as const) {
      const { code, stderr } = await cli.run(...args);
      expect({ args, code }).toEqual({ args, code: 2 });
      expect(stderr).toContain(reason);
    }
  });

  it('checks the other files when one cannot be read', async () => {
    const { code, stdout, stderr } = await cli.run(
      'check',
      'nowhere.probes.yaml',
      cli.file,
      '--format',
      'json',
    );
    expect(code).toBe(2);
    expect(stderr).toContain('nowhere.probes.yaml');
    expect(json<unknown[]>(stdout)).toHaveLength(1);
  });

  it('says once for the job that an execution provider is not there, and which are', async () => {
    const provider = process.platform === 'darwin' ? 'dml' : 'coreml';
    const { code, stdout, stderr } = await cli.run('score', cli.file, '--run', 's1', '--provider', provider);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^0 texts scored/);
    expect(stderr.match(/execution provider/g)).toHaveLength(1);
    expect(stderr).toContain(
      `error: The execution provider ${provider} is not in ONNX Runtime's package for `,
    );
    expect(stderr).toMatch(/Choose another \(.*--provider\); this package has cpu/);
    const unknown = await cli.run('score', cli.file, '--provider', 'gpu');
    expect(unknown).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('cpu, cuda, coreml') as string,
    });
  });

  it('checks a broken file and says where', async () => {
    const broken = join(cli.folder, 'broken.probes.yaml');
    await writeFile(
      broken,
      'version: 1\nfacts:\n  - id: a\n    probes:\n      - { kind: memory, prompt: "x ", target: y }\n',
    );
    const { code, stdout } = await cli.run('check', broken);
    expect(code).toBe(1);
    expect(stdout).toMatch(/broken\.probes\.yaml:5:\d+: error: .*\n/);
  });
});

type Role = ScoreRow['role'];

/** examples/reference: see its `about`. */
interface Reference {
  readonly items: readonly (readonly [
    fact: string,
    probe: string,
    kind: string,
    role: Role,
    index: number,
  ])[];
  readonly scores: Readonly<Record<string, readonly (readonly [mean: number])[]>>;
}

function name(...parts: readonly (string | number)[]): string {
  return JSON.stringify(parts);
}
