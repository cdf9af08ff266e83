import { DuckDBInstance } from '@duckdb/node-api';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAnalyzer, readCurrentRows } from '../../../src/disk/analysis';
import type { ResultRow } from '../../../src/core/results/row';
import { lookIntoLog, readLog } from '../../../src/disk/logs/folder';
import { writeLog } from '../../../src/disk/logs/writeLog';
import { importLog, type LogImport } from '../../../src/disk/logs/importLog';
import { sniff } from '../../../src/disk/logs/sniff';
import { openSource } from '../../../src/disk/logs/source';
import { createScorerPool } from '../../../src/scoring/job/pool';
import { scoreFile } from '../../../src/scoring/job/job';
import { checkProbeFile } from '../../../src/scoring/check';
import type { AnalysisApi } from '../../../src/protocol/analysis';
import { startWorker } from '../../worker';
import { failureOf, publishedEntries, pythonJson, scratch, type Scratch, type Table } from './logs';

let home: Scratch;
let probes: string;
let log: string;
beforeEach(async () => {
  home = await scratch();
  probes = await home.file('mars.probes.yaml', probeFile);
  log = join(home.folder, 'mars-log.scores');
});
afterEach(() => home.remove());

const KINDS = ['memorization', 'semantic', 'composition'] as const;
const kindOfProbes = (kind: string) =>
  Array.from({ length: 5 }, (_, i) => `      - { kind: ${kind}, prompt: "Say ${kind} ${i}:", target: red }`);
const fact = (id: string, condition: string) =>
  [
    `  - id: ${id}`,
    `    condition: ${condition}`,
    '    passage: p',
    '    probes:',
    ...KINDS.flatMap(kindOfProbes),
  ].join('\n');
const probeFile = `version: 1
runs:
  - { id: r, log: mars-log.scores, injections: [2, 6], window: 3 }
facts:
${fact('mars', 'duplication')}
${fact('moon', 'control')}
`;

async function bring(content: string, options: Partial<LogImport> = {}, name = 'log.json') {
  const source = await openSource(await home.file(name, content));
  const format = await sniff(source);
  if (format === 'dataset') throw new Error('a data set');
  return importLog({ source, format, out: log, ...options });
}

const entries = publishedEntries(12, 2);
const published = () => bring(pythonJson(entries), { probes });

describe('an imported log', () => {
  it('is told in numbers', async () => {
    const odd = publishedEntries(12, 2);
    for (const [i, entry] of odd.entries()) entry.step = 40_000 + 2 * i;
    (odd[3]!['mem_target'] as Table)[0]![0] = NaN;
    (odd[4]!['mem_target'] as Table)[0]![1] = null;
    expect(await bring(pythonJson(odd), { probes, run: 'paper' })).toEqual({
      file: join(home.folder, 'log.json'),
      format: 'published',
      out: log,
      run: 'paper',
      facts: 2,
      probes: 30,
      steps: 12,
      firstStep: 0,
      lastStep: 11,
      firstLoggedStep: 40_000,
      lastLoggedStep: 40_022,
      values: 358,
      missing: 1,
      nan: 1,
      replaced: false,
      notes: [expect.stringMatching(/not consecutive/)],
    });
  });

  it('has the ids of the probe file, or those of the published data set', async () => {
    await published();
    const named = await lookIntoLog(log);
    await bring(pythonJson(entries));
    const unnamed = await lookIntoLog(log);
    expect(named).toHaveLength(30);
    expect([named, unnamed].map((each) => (each as { fact: string; probe: string }[])[7])).toEqual([
      { fact: 'moon', probe: 'memorization-3', kind: 'memorization' },
      { fact: 'fact-001', probe: 'memorization-3', kind: 'memorization' },
    ]);
  });

  it('has the losses with the other sign, under their probes', async () => {
    await published();
    const stored = await readLog(log);
    if ('code' in stored) throw new Error(stored.message);
    const { steps, probes, ...columns } = stored.log;
    for (const [s, { fact, probe, kind }] of probes.entries()) {
      const table = { memorization: 'mem', semantic: 'gen', composition: 'gen_hard' }[kind!];
      const [e, p] = [fact === 'mars' ? 0 : 1, Number(probe.at(-1)) - 1];
      for (const [i, entry] of entries.entries()) {
        const at = s * steps.length + i;
        expect(columns.logprob_mean.values[at]).toBe(-(entry[`${table}_target`] as Table)[e]![p]!);
        expect(columns.logprob_first!.values[at]).toBe(-(entry[`${table}_first`] as Table)[e]![p]!);
        expect(columns.logprob_full!.values[at]).toBe(-(entry[`${table}_full`] as Table)[e]![p]!);
      }
    }
    expect(stored.metadata).toMatchObject({ run: 'mars-log', settings: { source: 'log.json' } });
  });

  it('leaves out examples that the probe file has not, where they are null', async () => {
    const nothing = [[null, null, null, null, null]];
    const more = entries.map(({ step, ...tables }) => ({
      step,
      ...Object.fromEntries(
        Object.entries(tables).map(([name, table]) => [name, [...(table as Table), ...nothing]]),
      ),
    }));
    const { probes: count, notes } = await bring(pythonJson(more), { probes });
    expect(count).toBe(30);
    expect(notes).toEqual([expect.stringMatching(/last 1 examples are null/)]);
  });

  it.each([
    [publishedEntries(2, 3), /2 facts.*3 examples/],
    [publishedEntries(2, 1), /2 facts.*1 examples/],
  ])('does not fit another probe file', async (odd, words) => {
    const failure = await failureOf(bring(pythonJson(odd), { probes }));
    expect(failure).toMatchObject({ code: 'probes-mismatch', file: probes });
    expect(failure.message).toMatch(words);
    expect(await readdir(home.folder)).not.toContain('mars-log.scores');
  });

  it('does not fit a fact with other probes', async () => {
    await writeFile(probes, probeFile.replace('kind: semantic', 'kind: composition'));
    expect((await failureOf(published())).message).toMatch(/“mars” has 4 semantic probes/);
  });

  it('of named columns takes kinds from the probe file, and tells which ids are unknown', async () => {
    const rows = ['moons', 'memorization-1', 'semantic-2'].map((probe) =>
      JSON.stringify({ step: 3, fact: 'mars', probe, logprob_mean: -1 }),
    );
    const { notes, run } = await bring(rows.join('\n'), { probes }, 'log.jsonl');
    expect(notes).toEqual([
      '1 probes of the log are not in the probe file: mars/moons.',
      expect.stringMatching(/^28 probes of the probe file are not in the log: mars\/memorization-2, .*…\.$/),
    ]);
    expect(run).toBe('mars-log');
    expect(await lookIntoLog(log)).toEqual([
      { fact: 'mars', probe: 'moons' },
      { fact: 'mars', probe: 'memorization-1', kind: 'memorization' },
      { fact: 'mars', probe: 'semantic-2', kind: 'semantic' },
    ]);
    expect((await failureOf(bring(rows[0]!, { probes }, 'log.jsonl'))).message).toMatch(/none of the log's/);
  });

  it('is replaced when the new one is whole, and by nothing else', async () => {
    await published();
    const before = await readFile(join(log, 'log.parquet'));
    await failureOf(bring(`${pythonJson(entries).slice(0, -1)},`, { probes }));
    const stop = new AbortController();
    stop.abort(new Error('enough'));
    await expect(bring(pythonJson(entries), { probes, signal: stop.signal })).rejects.toThrow('enough');
    expect(await readFile(join(log, 'log.parquet'))).toEqual(before);
    expect((await bring(pythonJson(entries.slice(0, 5)), { probes })).replaced).toBe(true);
    expect((await readdir(log)).sort()).toEqual(['.gitignore', '_index.json', 'log.parquet']);
  });

  it('goes into a folder of its own', async () => {
    await mkdir(join(log, 's1'), { recursive: true });
    expect(await failureOf(published())).toMatchObject({ code: 'log-folder-taken' });
    expect(await readdir(log)).toEqual(['s1']);
    const file = await home.file('a-file', '');
    expect(await failureOf(bring(pythonJson(entries), { out: file }))).toMatchObject({
      code: 'results-write',
    });
  });

  it('is read by DuckDB as a folder', async () => {
    await published();
    const db = await DuckDBInstance.create();
    const connection = await db.connect();
    try {
      const found = await connection.runAndReadAll(
        `select fact, kind, count(*) as n, max(step) as s, max(logged_step) as l, sum(logprob_mean) as total
         from '${log}/*.parquet' group by all order by all`,
      );
      const rows = found.getRowObjects();
      expect(rows).toHaveLength(6);
      expect(rows[2]).toMatchObject({ fact: 'mars', kind: 'semantic', n: 60n, s: 11n, l: 40_011n });
      const total = entries
        .flatMap((entry) => (entry['gen_target'] as Table)[0]!)
        .reduce<number>((a, b) => a + b!, 0);
      expect(rows[2]!['total']).toBeCloseTo(-total, 6);
    } finally {
      connection.closeSync();
      db.closeSync();
    }
  });
});

describe('a run with a log', () => {
  const source = () => ({ path: probes, results: join(home.folder, 'mars.scores') });

  /** Up by 2 at the encounters' next step, and half of it lost each later step. */
  const level = (i: number) => -20 + (i > 2 ? 2 / (i - 2) : 0) + (i > 6 ? 2 / (i - 6) : 0);
  const run = () =>
    entries.map(({ step, ...tables }, i) => ({
      step,
      ...Object.fromEntries(
        Object.entries(tables).map(([name, table]) => [
          name,
          (table as Table).map((row, e) =>
            Array.isArray(row) ? row.map(() => (e === 0 ? -level(i) : 20)) : row,
          ),
        ]),
      ),
    }));

  it('is analysed like a scored one', async () => {
    await bring(pythonJson(run()), { probes });
    const { runs, problems } = await createAnalyzer().analyze(source());
    expect(problems).toEqual([]);
    expect(runs).toHaveLength(1);
    expect(runs[0]).toMatchObject({ run: 'r', coverage: { probes: 30, complete: 30, stale: 0 } });
    expect(runs[0]!.steps).toEqual(entries.map((_, i) => i));
    const duplication = runs[0]!.groups.find(({ condition }) => condition === 'duplication')!;
    expect(duplication.effectivity.map(({ mean }) => mean)).toEqual([
      expect.closeTo(2, 12),
      expect.closeTo(2 + 2 / 5 - 2 / 4, 12),
    ]);
  });

  it('has specificity where the log has the foils’ means', async () => {
    const lines = (factId: string, probe: string, targets: number[], foils: (number | string)[]) =>
      targets.map((target, step) => `${step},${factId},${probe},${target},${foils[step]}`);
    const csv = [
      'step,fact,probe,logprob_mean,logprob_foils',
      // Targets +4 and +3 from entry 2 on, their foils +1 and nothing: 3 in the mean of both.
      ...lines('mars', 'memorization-1', [-9, -9, -9, -6, -5], [-8, -8, -8, -7.5, -7]),
      ...lines('mars', 'memorization-2', [-9, -9, -9, -7, -6], [-8, -8, -8, -8, -8]),
      // Its last step has no foils, and a third one has none at all.
      ...lines('mars', 'memorization-3', [-9, -9, -9, -7, -1], [-8, -8, -8, -8, '']),
      ...lines('mars', 'memorization-4', [-9, -9, -9, -7, -1], ['', '', '', '', '']),
      ...lines('moon', 'memorization-1', [-9, -9, -9, -9, -9], [-8, -8, -8, -8, -7]),
    ].join('\n');
    await bring(csv, { probes }, 'log.csv');
    const { runs } = await createAnalyzer().analyze(source());
    const of = (condition: string) =>
      runs[0]!.groups.find((group) => group.condition === condition && group.kind === 'memorization')!;
    expect(of('duplication').specificity).toBeCloseTo(3, 12);
    expect(of('control').specificity).toBeCloseTo(-1, 12);
  });

  it('leaves NaN out and says so; null is missing', async () => {
    const odd = run() as unknown as ReturnType<typeof publishedEntries>;
    (odd[5]!['mem_target'] as Table)[0]![0] = NaN;
    (odd[6]!['mem_target'] as Table)[0]![0] = null;
    (odd[11]!['gen_target'] as Table)[0]![0] = NaN;
    await bring(pythonJson(odd), { probes });
    const analyzer = createAnalyzer();
    const { runs } = await analyzer.analyze(source());
    expect(runs[0]!.coverage).toMatchObject({ complete: 28 });
    expect(runs[0]!.notes[0]).toBe('2 values of the log are NaN and left out.');
    const { probes: shown } = await analyzer.summarize(source());
    expect(shown.find(({ probe }) => probe === 'semantic-1')).toMatchObject({ step: 10 });
  });

  it('is summarized for lenses and ends of lines', async () => {
    await bring(pythonJson(run()), { probes });
    const { runs, probes: shown, logs } = await createAnalyzer().summarize(source());
    expect(runs).toEqual([{ run: 'r', checkpoints: 12, scored: 12, missing: 0 }]);
    expect(logs).toEqual([log]);
    expect(shown).toHaveLength(30);
    expect(shown[0]).toEqual({
      fact: 'mars',
      probe: 'memorization-1',
      run: 'r',
      step: 11,
      logprob: level(11),
      change: level(11) + 20,
      rank: null,
      greedy: null,
      stale: false,
      key: null,
    });
    expect(await createAnalyzer().tokens(source().results, shown[0]!)).toEqual([]);
  });

  it('is read anew when it has been imported again', async () => {
    await bring(pythonJson(run()), { probes });
    const analyzer = createAnalyzer();
    expect((await analyzer.analyze(source())).runs[0]!.steps).toHaveLength(12);
    await bring(pythonJson(run().slice(0, 10)), { probes });
    expect((await analyzer.analyze(source())).runs[0]!.steps).toHaveLength(10);
  });

  it('gives rows, with null for what a log does not say', async () => {
    const odd = run() as unknown as ReturnType<typeof publishedEntries>;
    (odd[5]!['mem_target'] as Table)[0]![0] = null;
    (odd[6]!['mem_first'] as Table)[0]![0] = null;
    await bring(pythonJson(odd), { probes });
    const rows: ResultRow[] = [];
    for await (const part of readCurrentRows(source(), { fact: 'mars' })) {
      expect(part.problems).toEqual([]);
      rows.push(...part.rows);
    }
    expect(rows).toHaveLength(15 * 12 - 1);
    expect(rows[5]).toEqual({
      run: 'r',
      step: 6,
      logged_step: 40_006,
      fact: 'mars',
      probe: 'memorization-1',
      kind: 'memorization',
      condition: 'duplication',
      role: 'target',
      index: 0,
      text: 'red',
      n_tokens: null,
      n_bytes: null,
      logprob_mean: level(6),
      logprob_sum: null,
      logprob_first: null,
      logprob_full: level(6),
      greedy: null,
      tokens: [],
      key: null,
    });
  });

  it('is not scored', async () => {
    await published();
    const pool = createScorerPool({ scorerPath: '/nowhere', processes: 1 });
    expect(await failureOf(scoreFile(pool, { ...source() }))).toMatchObject({
      code: 'run-is-log',
      message: expect.stringMatching(/measured elsewhere/) as string,
    });
    pool.dispose();
  });

  it.each([
    ['nothing', () => Promise.resolve(), 'log-missing', /not there.*knowledge-probes import/],
    ['an empty folder', () => mkdir(log).then(() => undefined), 'log-not-imported', /no imported log/],
    [
      'the published JSON',
      () => writeFile(log, '[]'),
      'log-not-imported',
      /this is a file.*knowledge-probes import .*mars-log\.scores/,
    ],
    [
      'a damaged one',
      () => damage((bytes) => bytes.fill(1, 300, 320)),
      'log-damaged',
      /checksum.*Import the/,
    ],
    ['half of one', () => damage((bytes) => bytes.subarray(0, bytes.length / 2)), 'log-damaged', /cut off/],
    [
      'something else',
      () => damage(() => Buffer.from(parquetWriteBuffer({ columnData: [{ name: 'a', data: [1] }] }))),
      'log-foreign',
      /not written by/,
    ],
  ])('whose log is %s says so, everywhere', async (_, make, code, words) => {
    await make();
    const { runs, problems } = await createAnalyzer().analyze(source());
    expect(runs).toEqual([]);
    expect(problems).toMatchObject([{ code }]);
    for await (const part of readCurrentRows(source())) expect(part.problems).toMatchObject([{ code }]);
    expect((await createAnalyzer().summarize(source())).probes).toEqual([]);
    const { problems: checked } = await checkProbeFile(probes);
    const found = checked.filter((problem) => problem.code === 'log-unusable');
    // What only the whole file shows is not looked for while one types.
    if (code !== 'log-damaged' || !words.source.includes('checksum')) {
      expect(found).toHaveLength(1);
      expect(found[0]!.message).toMatch(words);
    }
    const { api, stop } = await startWorker<AnalysisApi>('src/extension/workers/analysis.ts');
    try {
      const text = probeFile;
      const asked = api.analyze({ ...source(), text }, {}, {});
      await expect(asked).rejects.toMatchObject({ failure: { code } });
    } finally {
      await stop();
    }
  });

  it('whose probes the log has not is told by check', async () => {
    await bring(pythonJson(entries));
    const { problems } = await checkProbeFile(probes);
    expect(problems.find(({ code }) => code === 'log-without-probes')!.message).toMatch(
      /30 of 30 probes are not in this log, “mars\/memorization-1” first/,
    );
    await published();
    expect((await checkProbeFile(probes)).problems.filter(({ code }) => code.startsWith('log-'))).toEqual([]);
  });

  async function damage(change: (bytes: Buffer) => Buffer): Promise<void> {
    await published();
    const file = join(log, 'log.parquet');
    await writeFile(file, change(await readFile(file)));
  }
});

it('a log is written whole where there was none', async () => {
  const stored = { steps: [1], loggedSteps: [1], probes: [{ fact: 'a', probe: 'b' }] };
  const column = { values: Float64Array.of(-1), missing: undefined };
  const written = await writeLog(log, { ...stored, logprob_mean: column }, { run: 'r', settings: {} });
  expect(written).toBe(false);
  expect(await readLog(log)).toMatchObject({ log: stored, metadata: { run: 'r' } });
});
