import { parse as parseCsv } from 'csv-parse/sync';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DatasetImportOutput } from '../../src/cli/commands/importDataset';
import type { InjectionLine, ProbeLine } from '../../src/core/probes/forTraining';
import type { ResultRow } from '../../src/core/results/row';
import { program, type Program } from './program';

const DATA = new URL('../../../shared/data/', import.meta.url).pathname;
const STEPS = [0, 7];

let cli: Program;
const lines = (text: string): unknown[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

beforeAll(async () => {
  cli = await program(STEPS);
});
afterAll(() => cli.remove());

describe('export', () => {
  it('gives a run’s injections, which are its schedule again', async () => {
    const { code, stdout } = await cli.run('export', cli.file, '--what', 'injections', '--run', 's1');
    expect(code).toBe(0);
    const all = lines(stdout) as InjectionLine[];
    // Six facts ten times as paraphrases, six as duplicates, six once.
    expect(all).toHaveLength(126);
    expect(all.map(({ step }) => step)).toEqual(all.map(({ step }) => step).sort((a, b) => a - b));
    await writeFile(join(cli.folder, 's1.jsonl'), stdout);
    const other = join(cli.folder, 'again.probes.yaml');
    const text = await readFile(cli.file, 'utf8');
    const schedule = 'injections: { start: 0, every: 50, times: 10 } # three copies each, see x-training';
    expect(text).toContain(schedule);
    await writeFile(other, text.replace(schedule, 'injections: s1.jsonl'));
    const { stdout: findings } = await cli.run('check', other);
    expect(findings).not.toContain('schedule');
    expect((await cli.run('export', other, '--what', 'injections', '--run', 's1')).stdout).toBe(stdout);
  });

  it('gives the probes', async () => {
    const { stdout } = await cli.run('export', cli.file, '--what', 'probes');
    expect(lines(stdout)).toHaveLength(120);
    expect(lines(stdout)[0]).toEqual({
      fact: 'cape-vellorin',
      probe: 'memorization-1',
      kind: 'memorization',
      prompt: 'The lighthouse at Cape Vellorin burns oil pressed from',
      join: ' ',
      targets: ['walnuts'],
      foils: ['almonds', 'olives', 'acorns'],
    });
  });

  it('gives the probes with the foils that scoring takes, where a tokenizer is named', async () => {
    const tokenizer = join(cli.folder, 'checkpoints');
    const asked = ['export', cli.file, '--what', 'probes', '--tokenizer'] as const;
    const probes = lines((await cli.run(...asked, tokenizer)).stdout) as ProbeLine[];
    expect((await cli.run('score', cli.file, '--run', 's1', '--steps', '0')).code).toBe(0);
    const { stdout } = await cli.run('results', cli.file, '--run', 's1', '--format', 'json');
    const foils = (JSON.parse(stdout) as ResultRow[]).filter(
      ({ role, step }) => role === 'foil' && step === 0,
    );
    const own = lines((await cli.run('export', cli.file, '--what', 'probes')).stdout) as ProbeLine[];
    expect(foils.length).toBeGreaterThan(own.flatMap((probe) => probe.foils).length);
    expect(
      probes.flatMap(({ fact, probe, foils: texts }) => texts.map((text) => [fact, probe, text])),
    ).toEqual(foils.map(({ fact, probe, text }) => [fact, probe, text]));
    const nowhere = await cli.run(...asked, join(cli.folder, 'nowhere'));
    expect(nowhere.code).toBe(2);
    expect(nowhere.stderr).toContain('tokenizer.json');
  });

  it(
    'gives the results as CSV and as Parquet, the same rows as `results`',
    { timeout: 180_000 },
    async () => {
      expect((await cli.run('score', cli.file, '--run', 's1')).code).toBe(0);
      const { stdout: json } = await cli.run('results', cli.file, '--run', 's1', '--format', 'json');
      const rows = JSON.parse(json) as ResultRow[];
      const { stdout: csv, code } = await cli.run('export', cli.file, '--what', 'results', '--run', 's1');
      expect(code).toBe(0);
      const records = parseCsv<Record<string, string>>(csv, { columns: true });
      expect(records).toHaveLength(rows.length);
      for (const [i, record] of records.entries()) {
        const { fact, probe, role, text, step, logprob_mean, key } = rows[i]!;
        expect(record).toMatchObject({ fact, probe, role, text, key });
        expect([Number(record['step']), Number(record['logprob_mean'])]).toEqual([step, logprob_mean]);
      }
      const out = join(cli.folder, 'rows.parquet');
      const args = ['export', cli.file, '--what', 'results', '--run', 's1', '--out', out];
      expect(await cli.run(...args)).toMatchObject({ code: 0, stdout: '' });
      const bytes = await readFile(out);
      expect(bytes.subarray(0, 4).toString()).toBe('PAR1');
      // It is not replaced unless that is wished.
      expect(await cli.run(...args)).toMatchObject({ code: 2 });
      expect((await cli.run(...args, '--force')).code).toBe(0);
      expect(await readFile(out)).toEqual(bytes);
    },
  );

  it('refuses what makes no sense', async () => {
    for (const args of [
      ['--what', 'everything'],
      [],
      ['--what', 'results', '--format', 'parquet'],
      ['--what', 'results', '--run', 'no'],
      ['--what', 'results', '--out', 'rows.xlsx'],
    ])
      expect(await cli.run('export', cli.file, ...args)).toMatchObject({ code: 2, stdout: '' });
  });

  it('makes no file where there is nothing to put into it', async () => {
    const args = ['export', cli.file, '--what', 'results', '--run', 's2'];
    for (const name of ['none.csv', 'none.parquet']) {
      const { code, stderr } = await cli.run(...args, '--out', name);
      expect(code).toBe(2);
      expect(stderr).toContain('There are no results to export yet.');
      expect(existsSync(join(cli.folder, name))).toBe(false);
    }
  });
});

describe.skipIf(!existsSync(DATA))('import of the published data set (skipped without shared/data)', () => {
  const args = [
    'import',
    join(DATA, 'fictional_knowledge.json'),
    '--paraphrased',
    join(DATA, 'fictional_knowledge_paraphrased.json'),
    '--out',
    'published.probes.yaml',
  ];

  it('makes a probe file without errors, and says what it made', async () => {
    const named = [...args, '--run', 'paper-7b', '--log', 'paper-7b.scores'];
    const { stdout, code } = await cli.run(...named, '--format', 'json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout) as DatasetImportOutput).toEqual({
      version: 1,
      kind: 'dataset',
      out: join(cli.folder, 'published.probes.yaml'),
      facts: 130,
      probes: 1950,
      paraphrases: 360,
      notes: [],
    });
    expect((await cli.run('check', 'published.probes.yaml')).code).toBe(0);
    const injections = await cli.run('export', 'published.probes.yaml', '--what', 'injections');
    expect(lines(injections.stdout)).toHaveLength(40 * 10 + 40 * 10 + 40);
  });

  it('overwrites nothing, and takes no options of logs', async () => {
    expect(await cli.run(...args)).toMatchObject({ code: 2, stdout: '' });
    expect((await cli.run(...args, '--columns', 'step=a')).stderr).toContain('--columns');
    expect((await cli.run(...args, '--run', 'paper-7b')).stderr).toContain('--log');
    await rm(join(cli.folder, 'published.probes.yaml'));
    expect(await cli.run(...args, '--conditions', 'none')).toMatchObject({ code: 0 });
  });
});
