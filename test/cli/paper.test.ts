/** `analyze --paper` as people run it: a published log, its curves, and a probe file whose run has imported it. */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PaperOutput } from '../../src/cli/commands/analyze/paper';
import { PAPER_CONDITIONS } from '../../src/core/dynamics/paper/procedure';
import { PAPER_KINDS, PROBE_KIND_OF, type PaperKind } from '../../src/core/dynamics/paper/publishedLog';
import { expectFigures } from '../core/dynamics/paper/compare';
import { asJson, recipeLog } from '../core/dynamics/paper/recipe';
import { program, type Program } from './program';

type Published = Readonly<Record<string, Readonly<Record<PaperKind, number[]>>>>;
const { logs } = JSON.parse(readFileSync(new URL('../oracle/paper.json', import.meta.url), 'utf8')) as {
  readonly logs: readonly {
    readonly name: string;
    readonly scores: { readonly effectivity: Published; readonly perInjection: Record<string, Published> };
    readonly curves: {
      readonly curves: Published;
      readonly removed: number;
      readonly removedPercent: number;
    };
  }[];
};
const published = logs.find(({ name }) => name === 'as it is')!;

let cli: Program;
beforeAll(async () => {
  cli = await program([]);
  const log = recipeLog(960, 121);
  await writeFile(join(cli.folder, 'log.json'), asJson(log));
  await writeFile(join(cli.folder, 'short-512.json'), asJson(recipeLog(3, 121)));
  await writeFile(join(cli.folder, 'curves-512.json'), JSON.stringify(published.curves.curves));
});
afterAll(() => cli.remove());

async function results(...args: string[]): Promise<PaperOutput['results']> {
  const { code, stdout, stderr } = await cli.run('analyze', '--paper', '--format', 'json', ...args);
  expect(stderr.replaceAll(/^\d+ % of .*\n/gm, '')).toBe('');
  expect(code).toBe(0);
  const output = JSON.parse(stdout) as PaperOutput;
  expect(output).toMatchObject({ version: 1, mode: 'paper' });
  return output.results;
}

/** What the published code says, in the output's order. */
function expectPublished({ groups, removed }: PaperOutput['results'][number]): void {
  const of = PAPER_CONDITIONS.flatMap((condition) => PAPER_KINDS.map((kind) => ({ condition, kind })));
  expect(groups.map(({ condition, kind }) => ({ condition, kind }))).toEqual(
    of.map(({ condition, kind }) => ({ condition, kind: PROBE_KIND_OF[kind] })),
  );
  const { effectivity, perInjection } = published.scores;
  const expected = of.map(({ condition, kind }) => ({
    effectivity: effectivity[condition]![kind],
    perInjection: {
      effectivity: perInjection['effectivity']![condition]![kind],
      retainability: perInjection['retainability']![condition]![kind],
    },
    curve: published.curves.curves[condition]![kind],
  }));
  expect(expectFigures(groups, expected, 'groups')).toBeGreaterThan(1000);
  expect(removed).toEqual({ values: published.curves.removed, percent: published.curves.removedPercent });
}

describe('analyze --paper', { timeout: 120_000 }, () => {
  it('says of a log what the published code says', async () => {
    const [result, ...others] = await results('log.json');
    expect(others).toEqual([]);
    expect(result).toMatchObject({
      run: null,
      log: { entries: 960, examples: 121, exp: false },
      reverse: false,
      tokensPerStep: null,
      notes: [],
      failures: [],
    });
    expectPublished(result!);
  });

  it('has tables for people', async () => {
    const { code, stdout } = await cli.run('analyze', 'log.json', '--paper');
    expect(code).toBe(0);
    expect(stdout).toContain('The paper’s published procedure (960 entries, 121 examples, losses)');
    const effectivity = published.scores.effectivity['once']!.gen as unknown as number;
    expect(stdout).toMatch(new RegExp(`^once +semantic +${effectivity.toFixed(4)}$`, 'm'));
    expect(stdout).toMatch(/^condition +kind +a +SE +R² +x-intercept +intercept +points$/m);
    expect(stdout).toContain(`Removed from the curves: ${published.curves.removed} values`);
  });

  it('fits curves again: the same fits, also against tokens', async () => {
    const [whole] = await results('log.json');
    const [alone] = await results('curves-512.json');
    expect(alone).toMatchObject({ run: null, log: null, removed: null });
    const fits = (result: PaperOutput['results'][number] | undefined) =>
      new Map(result!.groups.map(({ condition, kind, decay }) => [`${condition} ${kind}`, decay]));
    expect(fits(alone)).toEqual(fits(whole));
    const [byName] = await results('curves-512.json', '--tokens');
    const [byNumber] = await results('curves-512.json', '--tokens-per-step', '1048576');
    expect(byName).toMatchObject({ tokensPerStep: 512 * 2048 });
    expect(byNumber).toEqual(byName);
    expect(fits(byName).get('once semantic')!.slope).toBeCloseTo(fits(alone).get('once semantic')!.slope, 12);
    const [nameless] = await results('log.json', '--tokens');
    expect(nameless).toMatchObject({
      tokensPerStep: null,
      notes: [expect.stringContaining('neither 128 nor 512')],
    });
    const [lost] = await results('curves-512.json', '--reverse');
    expect(fits(lost).get('once semantic')!.slope).toBeCloseTo(-fits(alone).get('once semantic')!.slope, 12);
  });

  it('says the same of a probe file’s run that has imported the log', async () => {
    expect(await cli.run('import', 'log.json', '--out', 'r.scores')).toMatchObject({ code: 0 });
    const probes = PAPER_KINDS.flatMap((kind) =>
      Array.from({ length: 5 }, (_, p) => `{ kind: ${PROBE_KIND_OF[kind]}, prompt: Say ${p}, target: it }`),
    ).join(', ');
    const facts = Array.from({ length: 121 }, (_, e) => {
      const condition = e < 40 ? 'paraphrase' : e < 79 ? 'duplication' : e < 120 ? 'once' : 'control';
      return `  - { id: fact-${String(e).padStart(3, '0')}, condition: ${condition}, passage: A text., probes: [${probes}] }`;
    });
    const runs = `[{ id: r, log: r.scores, injections: { start: 0, every: 100, times: 10 } }, { id: c, checkpoints: 'c/{step}' }]`;
    await writeFile(
      join(cli.folder, 'p.probes.yaml'),
      `version: 1\nruns: ${runs}\nfacts:\n${facts.join('\n')}\n`,
    );
    const [result, ...others] = await results('p.probes.yaml');
    expect(others).toEqual([]);
    expect(result).toMatchObject({
      run: 'r',
      notes: [expect.stringContaining('“fact-079”, example 79: once, taken for duplication')],
    });
    expectPublished(result!);
    const [ofFolder] = await results('r.scores');
    expect(ofFolder).toEqual({ ...result, notes: [] });
    expect(await cli.run('analyze', '--paper', 'p.probes.yaml', '--run', 'c')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('No run of this probe file has a “log”') as string,
    });
  });

  it('ends where the published code ends, and says why', async () => {
    const { code, stdout, stderr } = await cli.run(
      'analyze',
      '--paper',
      'short-512.json',
      '--format',
      'json',
    );
    expect(code).toBe(1);
    expect(stderr).toContain('the published code stops there with a ValueError.');
    const [result] = (JSON.parse(stdout) as PaperOutput).results;
    expect(result!.failures.map((failure) => failure.code)).toEqual(['paper-too-short', 'paper-too-short']);
    expect(result!.groups.every(({ effectivity, curve }) => effectivity === null && curve === null)).toBe(
      true,
    );
    const text = await cli.run('analyze', '--paper', 'short-512.json');
    expect(text).toMatchObject({ code: 1, stdout: '' });
  });

  it.each([
    [['log.json', '--exp'], "option '--exp' needs '--paper'"],
    [['log.json', '--tokens-per-step', '9'], "option '--tokens-per-step' needs '--paper'"],
    [['log.json', '--paper', '--by', 'fact'], "'--paper' cannot be used with option '--by"],
    [['log.json', '--paper', '--tokens', '--tokens-per-step', '9'], 'cannot be used with'],
    [['log.json', '--paper', '--run', 'r'], '--run selects a run of a probe file'],
    [['curves-512.json', '--paper', '--exp'], '--exp is of logs'],
    [['checkpoints/tokenizer.json', '--paper'], 'These are no curves of the published procedure'],
    [['gone.json', '--paper'], 'There is no such file'],
  ])('refuses %s', async (args, reason) => {
    const { code, stdout, stderr } = await cli.run('analyze', ...args);
    expect(stderr).toContain(reason);
    expect(code).toBe(2);
    expect(stdout).toBe('');
  });
});
