import { DuckDBInstance } from '@duckdb/node-api';
import { parse as parseCsv } from 'csv-parse/sync';
import fc from 'fast-check';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { InjectionLine, ProbeLine } from '../../../src/core/probes/forTraining';
import { CONDITIONS } from '../../../src/core/probes/model';
import { encountersOf, type Encounter } from '../../../src/core/probes/schedule';
import { FLAT_COLUMNS } from '../../../src/core/results/exportColumns';
import type { ResultRow } from '../../../src/core/results/row';
import {
  exportCsv,
  exportInjections,
  exportProbes,
  writeParquet,
  writeText,
  type RowGroups,
} from '../../../src/disk/export/export';
import { loadSchedules } from '../../../src/disk/injections';
import { loadProbeFile } from '../../../src/disk/probeFiles';
import { row, token } from '../../core/results/rows';
import { pythonWith } from '../../python';
import { rejection } from '../../scoring/helpers';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'export-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let files = 0;
async function write(text: string, extension = 'probes.yaml'): Promise<string> {
  const path = join(folder, `${files++}.${extension}`);
  await writeFile(path, text);
  return path;
}
async function linesOf<T>(pieces: AsyncIterable<string>): Promise<T[]> {
  const lines: T[] = [];
  for await (const piece of pieces) {
    expect(piece.endsWith('\n')).toBe(true);
    lines.push(JSON.parse(piece) as T);
  }
  return lines;
}

describe('injections', () => {
  const facts = `
facts:
  - { id: p, condition: paraphrase, passage: P0, paraphrases: [P1, P2] }
  - { id: d, condition: duplication, passage: D0 }
  - { id: o, condition: once, passage: O0 }
  - { id: c, condition: { r: control, other: once }, passage: C0 }
  - { id: n, passage: N0, injections: { r: [1, 3, 130] } }
`;

  test('a line for each text of a batch, by step', async () => {
    const path = await write(
      `version: 1\nruns: [{ id: r, log: l, firstUpdate: 1, injections: { start: 1, every: 100, times: 2 } }]${facts}`,
    );
    const lines = await linesOf<InjectionLine>(exportInjections(path, {}));
    const brief = lines.map(({ step, fact, condition, text, content }) =>
      [step, fact, condition, text, content].join(' '),
    );
    expect(brief).toEqual([
      '1 p paraphrase passage P0',
      '1 d duplication passage D0',
      '1 o once passage O0',
      '1 n  passage N0',
      '3 n  passage N0',
      '101 p paraphrase paraphrase:1 P1',
      '101 d duplication passage D0',
      '130 n  passage N0',
    ]);
    expect(lines.every(({ run, copies }) => run === 'r' && copies === 1)).toBe(true);
    expect(lines[3]).toEqual({
      run: 'r',
      step: 1,
      fact: 'n',
      condition: null,
      text: 'passage',
      copies: 1,
      content: 'N0',
    });
  });

  test('a run of several, and what a schedule file says', async () => {
    const schedule = await write(
      [
        '{"step": 9, "fact": "p", "copies": 3}',
        '{"step": 11, "fact": "p"}',
        '{"step": 500, "fact": "p", "text": "paraphrase:2", "copies": 2}',
      ].join('\n'),
      'jsonl',
    );
    const path = await write(
      `version: 1\nruns: [{ id: r, log: l, injections: ${schedule} }, { id: other, log: l, injections: [0] }]${facts}`,
    );
    const lines = await linesOf<InjectionLine>(exportInjections(path, { run: 'r' }));
    expect(
      lines.filter(({ fact }) => fact === 'p').map(({ step, text, copies }) => [step, text, copies]),
    ).toEqual([
      [9, 'passage', 3],
      [11, 'passage', 1],
      [500, 'paraphrase:2', 2],
    ]);
    const all = await linesOf<InjectionLine>(exportInjections(path, {}));
    expect(all.filter(({ run }) => run === 'other').map(({ fact }) => fact)).toEqual([
      'p',
      'd',
      'o',
      'c',
      'n',
    ]);
    expect(await rejection(linesOf(exportInjections(path, { run: 'x' })))).toMatchObject({
      code: 'unknown-run',
    });
  });

  test('nothing is left out in silence', async () => {
    const run = 'runs: [{ id: r, log: l, injections: { start: 5, every: 100, times: 4 } }]';
    const short = await write(`version: 1\n${run}${facts}`);
    expect(await rejection(linesOf(exportInjections(short, {})))).toMatchObject({
      code: 'text-missing',
      file: short,
      place: 'run r, step 305',
    });
    const broken = await write(`version: 1\n${run}\nfacts: [{ id: d, condition: sometimes, passage: D0 }]`);
    expect(await rejection(linesOf(exportInjections(broken, {})))).toMatchObject({
      code: 'probe-file-broken',
    });
    const without = await write(
      `version: 1\nruns: [{ id: r, log: l, injections: no.jsonl }]\nfacts: [{ id: d }]`,
    );
    expect(await rejection(linesOf(exportInjections(without, {})))).toMatchObject({
      code: 'schedule-unreadable',
    });
    const newer = await write(`version: 2\nfacts: [{ id: d }]`);
    expect(await rejection(linesOf(exportProbes(newer)))).toMatchObject({ code: 'newer-version' });
  });

  test('read back as a schedule file they give the same encounters', { timeout: 120_000 }, async () => {
    const window = 50; // bursts are of up to 5 steps
    const steps = fc
      .array(fc.nat({ max: 400 }), { minLength: 1, maxLength: 8 })
      .map((all) => all.sort((a, b) => a - b));
    const regular = fc.record({
      // Not before the first update, nor closer than a burst: such encounters would be one in a file.
      start: fc.integer({ min: 3, max: 50 }),
      every: fc.integer({ min: 6, max: 90 }),
      times: fc.integer({ min: 1, max: 9 }),
    });
    const given = fc.array(
      fc.record(
        {
          step: fc.nat({ max: 400 }),
          fact: fc.constantFrom('a', 'b', 'c'),
          text: fc.constantFrom('passage', 'paraphrase:1', 'paraphrase:7'),
          copies: fc.integer({ min: 1, max: 4 }),
        },
        { requiredKeys: ['step', 'fact'] },
      ),
      { minLength: 1, maxLength: 12 },
    );
    const fact = fc.record(
      { condition: fc.constantFrom(...CONDITIONS), injections: fc.oneof(steps, regular) },
      { requiredKeys: [] },
    );
    let encounters = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(steps, regular, given),
        fc.tuple(fact, fact, fact),
        fc.integer({ min: 0, max: 3 }),
        async (schedule, ownFacts, firstUpdate) => {
          const isRows = Array.isArray(schedule) && typeof schedule[0] === 'object';
          const injections = isRows
            ? await write(schedule.map((line) => JSON.stringify(line)).join('\n'), 'jsonl')
            : schedule;
          const texts = { passage: 'P', paraphrases: Array.from({ length: 9 }, (_, i) => `P${i}`) };
          const probeFile = (of: unknown, all: readonly object[]) =>
            JSON.stringify({
              version: 1,
              runs: [{ id: 'r', log: 'l', window, firstUpdate, injections: of }],
              facts: all.map((own, i) => ({ id: 'abc'[i], ...texts, ...own })),
            });
          const first = await write(probeFile(injections, ownFacts));
          const exported = `${first}.jsonl`;
          await writeText(exportInjections(first, { run: 'r' }), exported);
          const conditions = ownFacts.map(({ condition }) => (condition === undefined ? {} : { condition }));
          const second = await write(probeFile(exported, conditions));
          const expected = await encountersIn(first);
          encounters += expected.flat().length;
          expect(await encountersIn(second)).toEqual(expected);
        },
      ),
      { numRuns: 150 },
    );
    expect(encounters).toBeGreaterThan(500);
  });

  async function encountersIn(path: string): Promise<Encounter[][]> {
    const { whole } = await loadProbeFile(path);
    const { files: schedules, problems } = await loadSchedules(whole, dirname(path));
    expect(problems).toEqual([]);
    return whole.facts.map((fact) => encountersOf(fact, whole.runs[0]!, schedules));
  }
});

test('probes: those that take part, with all that is needed to measure them', async () => {
  const path = await write(`version: 1
join: ''
facts:
  - id: f
    probes:
      - { kind: semantic, prompt: A, target: [B, C], foils: [D], join: ' ' }
      - { kind: semantic, prompt: "\\u2028“東京”", target: 都 }
      - { kind: semantic, prompt: E, target: F, exclude: true }
      - { kind: composition, id: own, prompt: G, target: H }
`);
  expect(await linesOf<ProbeLine>(exportProbes(path))).toEqual([
    {
      fact: 'f',
      probe: 'semantic-1',
      kind: 'semantic',
      prompt: 'A',
      join: ' ',
      targets: ['B', 'C'],
      foils: ['D'],
    },
    {
      fact: 'f',
      probe: 'semantic-2',
      kind: 'semantic',
      prompt: '\u2028“東京”',
      join: '',
      targets: ['都'],
      foils: [],
    },
    { fact: 'f', probe: 'own', kind: 'composition', prompt: 'G', join: '', targets: ['H'], foils: [] },
  ]);
});

describe('rows', () => {
  const fromLog: ResultRow = {
    ...row({ tokens: [], logprob_mean: -0.1 }),
    n_tokens: null,
    n_bytes: null,
    logprob_sum: null,
    logprob_first: NaN,
    logprob_full: null,
    greedy: null,
    key: null,
    logged_step: 1_000_000,
  };
  const rows: ResultRow[] = [
    row({ text: 'a,"b"\r\nc', fact: '=1+1', condition: null }),
    row({
      step: 2 ** 40,
      greedy: true,
      logprob_mean: -1e-300,
      logprob_sum: -Number.MAX_VALUE,
      text: '木星 🪐',
    }),
    row({ role: 'foil', text: 'one\rtwo', tokens: [{ ...token(3), best: [] }] }),
    row({ text: ' spaces ', probe: 'one\ntwo' }),
    fromLog,
  ];
  /** Rows as they come: in groups, some of them empty. */
  async function* groupsOf(all: readonly ResultRow[]): RowGroups {
    yield await Promise.resolve([]);
    yield all.slice(0, 2);
    yield all.slice(2);
  }
  const csvOf = async (of: RowGroups) => {
    let text = '';
    for await (const piece of exportCsv(of)) text += piece;
    return text;
  };
  /** A cell as it should stand in the CSV. */
  const cell = (value: string | number | boolean | null | undefined) => `${value ?? ''}`;

  test('as CSV: RFC 4180, every number to the last bit', async () => {
    const text = await csvOf(groupsOf(rows));
    expect(text.startsWith(`${FLAT_COLUMNS.join(',')}\r\n`)).toBe(true);
    expect(text).toContain('"a,""b""\r\nc"');
    expect(text).toContain('"one\rtwo"');
    expect(text).toContain('"one\ntwo"');
    const [, ...records] = parseCsv(text, { record_delimiter: '\r\n' });
    expect(records).toEqual(rows.map((each) => FLAT_COLUMNS.map((name) => cell(each[name]))));
  });

  const python = pythonWith('csv');
  test.skipIf(python === undefined)('as CSV, any texts and numbers, read by Python', async () => {
    const text = fc.string({
      unit: fc.constantFrom('a', ' ', ',', '"', "'", ';', '\n', '\r', '\t', 'é', '🪐', '='),
    });
    const any = fc.record({ text, fact: text, logprob_mean: fc.double({ noDefaultInfinity: true }) });
    const cases = fc.sample(any, 3000);
    const csv = await write(await csvOf(groupsOf(cases.map((each) => row(each)))), 'csv');
    const ended = spawnSync(
      python!,
      [
        '-c',
        'import csv, json, sys\n' +
          'rows = csv.DictReader(open(sys.argv[1], newline="", encoding="utf-8"), strict=True)\n' +
          'print(json.dumps([[r["fact"], r["text"], repr(float(r["logprob_mean"]))] for r in rows]))',
        csv,
      ],
      { encoding: 'utf8', maxBuffer: 1 << 28 },
    );
    expect(ended.status, ended.stderr).toBe(0);
    const read = JSON.parse(ended.stdout) as [string, string, string][];
    expect(read.map(([fact, its]) => [fact, its])).toEqual(cases.map((each) => [each.fact, each.text]));
    expect(read.map(([, , number]) => (number === 'nan' ? NaN : Number(number)))).toEqual(
      // The sign of a zero is not written.
      cases.map(({ logprob_mean: mean }) => (mean === 0 ? 0 : mean)),
    );
  });

  test('as Parquet: one table with the columns of the results folder, read by DuckDB', async () => {
    const file = join(folder, 'rows.parquet');
    await writeParquet(groupsOf(rows), file);
    const connection = await (await DuckDBInstance.create()).connect();
    const read = await connection.runAndReadAll(`select * from '${file}'`);
    expect(read.columnNames()).toEqual([...FLAT_COLUMNS.slice(0, 16), 'tokens', 'key', 'logged_step']);
    const found = read.getRowObjectsJS();
    expect(found).toHaveLength(rows.length);
    for (const [i, each] of rows.entries()) {
      const { tokens, step, logged_step, ...plain } = each;
      expect(found[i]).toMatchObject(plain);
      expect(found[i]).toMatchObject({
        step: BigInt(step),
        logged_step: logged_step === undefined ? null : BigInt(logged_step),
      });
      expect(found[i]!['tokens']).toEqual(tokens);
    }
    connection.closeSync();
  });

  test('none of them', async () => {
    expect(await csvOf(groupsOf([]))).toBe(`${FLAT_COLUMNS.join(',')}\r\n`);
    const file = join(folder, 'none.parquet');
    await writeParquet(groupsOf([]), file);
    const connection = await (await DuckDBInstance.create()).connect();
    expect((await connection.runAndReadAll(`select count(*) as n from '${file}'`)).getRowsJS()).toEqual([
      [0n],
    ]);
    connection.closeSync();
    expect((await readFile(file)).length).toBeGreaterThan(12);
  });
});
