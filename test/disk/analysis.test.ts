import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAnalyzer, readCurrentRows } from '../../src/disk/analysis';
import { writePart } from '../../src/disk/results/write';
import type { AnalysisApi } from '../../src/protocol/analysis';
import { probeFile, scored } from '../core/results/scored';
import { startWorker } from '../worker';

const text = `
version: 1
runs:
  - { id: r, checkpoints: "ck/step-{step}", injections: [0], window: 50 }
  - { id: other, checkpoints: "other/step-{step}" }
facts:
  - id: mars
    condition: duplication
    passage: Some text.
    probes:
      - { id: moons, kind: semantic, prompt: The moon is called, target: Callisto, foils: [Titan] }
      - { id: colour, kind: semantic, prompt: The planet is, target: red, foils: [blue] }
`;

let home: string;
let path: string;
let results: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'analysis-'));
  path = join(home, 'mars.probes.yaml');
  results = join(home, 'mars.scores');
  await writeFile(path, text);
  await writeFile(join(home, 'tokenizer.json'), '{}');
});
afterEach(() => rm(home, { recursive: true }));

const steps = [0, 10, 20, 50, 200, 1010];
const level: Record<number, number> = { 0: -6, 10: -3, 20: -4, 50: -4.5, 200: -5, 1010: -5.5 };

async function score(step: number, run = 'r', only = ''): Promise<string> {
  return writePart(
    results,
    run,
    step,
    scored(probeFile(text), run, step, ({ probe, role }) =>
      only !== '' && probe !== only ? undefined : role === 'foil' ? -8 : level[step],
    ),
  );
}

describe('an analyzer', () => {
  it('analyses what is in the results folder', async () => {
    for (const step of steps) await score(step);
    const { runs, problems } = await createAnalyzer().analyze({ path, results });
    expect(problems).toEqual([]);
    expect(runs).toMatchObject([{ run: 'r', steps, coverage: { probes: 2, complete: 2, stale: 0 } }]);
    expect(runs[0]!.groups).toMatchObject([{ condition: 'duplication', meanEffectivity: 3 }]);
  });

  it('sees the editor’s text before the disk’s, and what is stale by it', async () => {
    for (const step of steps) await score(step);
    const analyzer = createAnalyzer();
    const changed = text.replace('target: Callisto', 'target: Io');
    const source = { path, results, text: changed };
    expect((await analyzer.analyze(source)).runs[0]!.coverage).toEqual({ probes: 2, complete: 1, stale: 6 });
    const { probes } = await analyzer.summarize(source);
    expect(probes).toMatchObject([
      { probe: 'moons', stale: true, change: null, step: 1010, logprob: -5.5 },
      { probe: 'colour', stale: false, change: 0.5, step: 1010, logprob: -5.5 },
    ]);
    expect((await analyzer.analyze({ path, results })).runs[0]!.coverage.stale).toBe(0);
  });

  it('summarizes for lenses and ends of lines', async () => {
    for (const step of steps) {
      await score(step, 'r', step === 20 ? 'moons' : '');
      await mkdir(join(home, 'ck', `step-${step}`), { recursive: true });
      await writeFile(join(home, 'ck', `step-${step}`, 'model.onnx'), '');
      await writeFile(join(home, 'ck', `step-${step}`, 'tokenizer.json'), '{}');
    }
    const analyzer = createAnalyzer();
    const { runs, missing, facts, probes } = await analyzer.summarize({ path, results });
    expect(runs).toEqual([
      { run: 'r', checkpoints: 6, scored: 6, missing: 1 },
      { run: 'other', checkpoints: 0, scored: 0, missing: 0 },
    ]);
    expect(missing).toBe(1);
    // Up 3 at step 10, half a nat of it left at 1,010.
    expect(facts).toEqual([{ fact: 'mars', retained: expect.closeTo(0.5 / 3, 12) as number, lag: 1000 }]);
    expect(probes).toHaveLength(2);
    expect(probes[0]).toMatchObject({
      run: 'r',
      fact: 'mars',
      probe: 'moons',
      change: 0.5,
      rank: 2,
      greedy: false,
    });
    const tokens = await analyzer.tokens(results, probes[0]!);
    expect(tokens.map(({ token, best }) => [token, best.length])).toEqual([
      [' t1', 5],
      [' t2', 5],
    ]);
    expect(await analyzer.tokens(results, { ...probes[0]!, key: 'gone' })).toEqual([]);
  });

  it('sees a part that has come since, and goes on after one that is damaged', async () => {
    const analyzer = createAnalyzer();
    await score(0);
    const bad = await score(10);
    expect((await analyzer.analyze({ path, results })).runs[0]!.steps).toEqual([0, 10]);
    await writeFile(bad, (await readFile(bad)).subarray(0, 700));
    await score(20);
    const { runs, problems } = await analyzer.analyze({ path, results });
    expect(runs[0]!.steps).toEqual([0, 20]);
    expect(problems).toMatchObject([{ code: 'part-damaged', file: bad }]);
  });

  it('analyses the selected run and fact, and names what does not exist', async () => {
    await score(0);
    await score(0, 'other');
    const analyzer = createAnalyzer();
    const { runs } = await analyzer.analyze({ path, results }, { run: 'other', fact: 'mars' });
    expect(runs.map(({ run }) => run)).toEqual(['other']);
    await expect(analyzer.analyze({ path, results }, { run: 'x' })).rejects.toMatchObject({
      failure: { code: 'unknown-run', file: path, remedy: 'It has: r, other.' },
    });
    await expect(analyzer.analyze({ path, results }, { fact: 'venus' })).rejects.toMatchObject({
      failure: { code: 'unknown-fact' },
    });
  });

  it('says that not all counts where the file is broken, or has an id twice', async () => {
    await score(0);
    const broken = text.replace('id: colour, kind: semantic', 'id: colour, kind: guess');
    const twice = text.replace('id: colour', 'id: moons');
    const blank = text.replace('target: Callisto', "target: [Callisto, ' ']");
    expect(twice).not.toBe(text);
    for (const [changed, words] of [
      [broken, /^Not all of this probe file counts: .*kind/],
      [twice, /^Not all of this probe file counts: There is another probe “moons”/],
      [blank, /^Not all of this probe file counts: This accepted target is blank/],
    ] as const) {
      const source = { path, results, text: changed };
      const { problems } = await createAnalyzer().analyze(source);
      expect(problems[0]).toMatchObject({ code: 'probe-file-broken', file: path });
      expect(problems[0]!.message).toMatch(words);
      for await (const first of readCurrentRows(source)) {
        expect(first).toEqual({ rows: [], problems: [problems[0]] });
        break;
      }
    }
  });

  it('has nothing to say of a file without results', async () => {
    expect(await createAnalyzer().analyze({ path, results })).toEqual({
      runs: [],
      recipes: [],
      problems: [],
    });
    expect((await createAnalyzer().summarize({ path, results })).probes).toEqual([]);
  });
});

describe('the analysis worker', () => {
  it('answers from its own thread, with problems as notes and errors as failures', async () => {
    await score(0);
    await writeFile(await score(10), 'broken');
    const { api, stop } = await startWorker<AnalysisApi>('src/extension/workers/analysis.ts');
    try {
      const runs = await api.analyze({ path, results, text }, {}, {});
      expect(runs).toMatchObject([{ run: 'r', steps: [0] }]);
      expect(runs[0]!.notes.at(-1)).toMatch(/damaged.*Score again/);
      expect((await api.summarize({ path, results, text })).probes).toHaveLength(2);
      await expect(api.analyze({ path, results, text }, { run: 'x' }, {})).rejects.toMatchObject({
        failure: { code: 'unknown-run' },
      });
    } finally {
      await stop();
    }
  });
});
