import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MeasuredLog } from '../../../src/core/results/measured/log';
import { parseRenamed } from '../../../src/disk/logs/columnNames';
import { readParquet } from '../../../src/disk/logs/parquetRows';
import { readCsv, readJsonLines, readJsonRows, type RowReader } from '../../../src/disk/logs/rowReaders';
import { createRowTable } from '../../../src/disk/logs/rowTable';
import { sniff } from '../../../src/disk/logs/sniff';
import { openSource, type LogSource } from '../../../src/disk/logs/source';
import { failureOf, inMemory, pythonJson, scratch, type Scratch } from './logs';

type Row = Record<string, string | number | null>;

async function read(reader: RowReader, source: LogSource, options: { run?: string; columns?: string } = {}) {
  const { run, columns } = options;
  const place = { file: source.file, place: reader === readParquet ? 'row' : 'line' };
  const table = createRowTable({ ...place, run, textual: reader === readCsv });
  const ofColumns = await reader(source, {
    table,
    renamed: columns === undefined ? {} : parseRenamed(columns),
  });
  const { log, notes, run: found } = table.finish();
  return { log, run: found, notes: [...ofColumns, ...notes] };
}

const jsonl = (rows: readonly Row[]) => rows.map((row) => pythonJson(row)).join('\n');
const cell = (value: string | number | null) =>
  value === null ? '' : typeof value === 'string' ? `"${value.replaceAll('"', '""')}"` : String(value);
const csv = (rows: readonly Row[]) =>
  [Object.keys(rows[0]!), ...rows.map(Object.values)].map((row) => row.map(cell).join(',')).join('\n');

/** The values of a log by their names. */
function tableOf({ steps, probes, ...columns }: MeasuredLog): Map<string, unknown[]> {
  return new Map(
    probes.flatMap(({ fact, probe }, s) =>
      steps.map((step, i) => {
        const at = s * steps.length + i;
        const value = (name: 'logprob_mean' | 'logprob_first' | 'logprob_full') =>
          columns[name] === undefined || columns[name].missing?.[at] === 1 ? null : columns[name].values[at];
        const values = [value('logprob_mean'), value('logprob_first'), value('logprob_full')];
        return [JSON.stringify([step, fact, probe]), values] as const;
      }),
    ),
  );
}

const rows: Row[] = [
  { step: 10, fact: 'mars', probe: 'moons', logprob_mean: -1.5, logprob_first: -2.5, logprob_full: NaN },
  { step: 0, fact: 'mars', probe: 'moons', logprob_mean: -2.25, logprob_first: null, logprob_full: -1 },
  { step: 0, fact: 'mars', probe: 'red, "planet"', logprob_mean: -3, logprob_first: -1, logprob_full: -1 },
];
const expected = new Map<string, unknown[]>([
  ['[0,"mars","moons"]', [-2.25, null, -1]],
  ['[10,"mars","moons"]', [-1.5, -2.5, NaN]],
  ['[0,"mars","red, \\"planet\\""]', [-3, -1, -1]],
  ['[10,"mars","red, \\"planet\\""]', [null, null, null]],
]);
const note = '1 of 4 probes × steps have no row.';

let home: Scratch;
let duck: DuckDBInstance;
beforeAll(async () => {
  home = await scratch();
  duck = await DuckDBInstance.create();
});
afterAll(async () => {
  duck.closeSync();
  await home.remove();
});

/** A Parquet file that DuckDB has written from JSON lines. */
async function parquet(name: string, content: string, options = 'compression zstd'): Promise<LogSource> {
  const from = await home.file(`${name}.jsonl`, content);
  const to = join(home.folder, `${name}.parquet`);
  const connection = await duck.connect();
  try {
    await connection.run(
      `copy (select * from read_json('${from}', format='newline_delimited')) to '${to}' (format parquet, ${options})`,
    );
  } finally {
    connection.closeSync();
  }
  return openSource(to);
}

describe('a log of named columns', () => {
  it.each([
    ['JSON lines', readJsonLines, jsonl(rows)],
    [
      'JSON lines with Windows’ ends and empty lines',
      readJsonLines,
      `\r\n${jsonl(rows).replaceAll('\n', '\r\n\r\n')}\n`,
    ],
    ['a JSON list', readJsonRows, pythonJson(rows, 2)],
    ['CSV', readCsv, csv(rows)],
    ['CSV with a mark and an end', readCsv, `\u{feff}${csv(rows)}\r\n`],
  ])('is read from %s', async (_, reader, content) => {
    for (const size of [1, 7, 4096]) {
      const { log, notes } = await read(reader, inMemory(content, size));
      expect(tableOf(log)).toEqual(expected);
      expect(log.loggedSteps).toEqual([0, 10]);
      expect(notes).toEqual([note]);
    }
  });

  it('is read from tables with tabs or semicolons', async () => {
    const plain = rows.slice(0, 2);
    for (const mark of ['\t', ';']) {
      const { log } = await read(readCsv, inMemory(csv(plain).replaceAll(',', mark)));
      expect(tableOf(log).get('[0,"mars","moons"]')).toEqual([-2.25, null, -1]);
    }
  });

  it.each(['uncompressed', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4_raw'])(
    'is read from DuckDB’s Parquet, %s',
    async (codec) => {
      // Columns with NaN are no numbers to DuckDB's reader of JSON.
      const plain = rows.map((row) => ({ ...row, logprob_full: -1 }));
      const source = await parquet(codec, jsonl(plain), `compression ${codec}`);
      const { log, notes } = await read(readParquet, source);
      expect(tableOf(log).get('[0,"mars","moons"]')).toEqual([-2.25, null, -1]);
      expect(tableOf(log).get('[10,"mars","red, \\"planet\\""]')).toEqual([null, null, null]);
      expect(notes).toEqual([note]);
    },
  );

  it('gives the same from every format', { timeout: 60_000 }, async () => {
    const id = fc.string({ minLength: 1, unit: 'grapheme' });
    const nats = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.double({ max: 0, noNaN: true, noDefaultInfinity: true }).map((each) => each + 0),
      },
      { weight: 1, arbitrary: fc.constant(null) },
    );
    const row = fc.record({
      step: fc.nat(9),
      fact: id,
      probe: id,
      logprob_mean: nats,
      logprob_first: nats,
      logprob_full: nats,
    });
    const table = fc.uniqueArray(row, {
      minLength: 1,
      maxLength: 30,
      selector: ({ step, fact, probe }) => JSON.stringify([step, fact, probe]),
    });
    let i = 0;
    await fc.assert(
      fc.asyncProperty(table, async (some) => {
        const first = { ...some[0]!, logprob_mean: -1, logprob_first: -1, logprob_full: -1 };
        const all = [first, ...some.slice(1)];
        const [lines] = await Promise.all([read(readJsonLines, inMemory(jsonl(all)))]);
        const table = tableOf(lines.log);
        for (const { step, fact, probe, ...values } of all)
          expect(table.get(JSON.stringify([step, fact, probe]))).toEqual(Object.values(values));
        expect((await read(readJsonRows, inMemory(pythonJson(all, 1)))).log).toEqual(lines.log);
        expect((await read(readCsv, inMemory(csv(all)))).log).toEqual(lines.log);
        if (i++ % 10 === 0)
          expect((await read(readParquet, await parquet(`same-${i}`, jsonl(all)))).log).toEqual(lines.log);
      }),
      { numRuns: 150 },
    );
  });

  it('takes sums with numbers of tokens for means', async () => {
    const { log } = await read(
      readJsonLines,
      inMemory(jsonl([{ step: 1, fact: 'a', probe: 'b', logprob_sum: -9, n_tokens: 4 }])),
    );
    expect(log.logprob_mean.values).toEqual(Float64Array.of(-2.25));
    expect(log.logprob_first).toBeUndefined();
  });

  it('calls columns what it is told to, and says which it does not read', async () => {
    const odd = [{ global_step: 3, doc: 7, q: 'b', lp: -1, lr: 0.1 }];
    const columns = 'step=global_step, fact=doc,probe=q,logprob_mean=lp';
    for (const [reader, content] of [
      [readJsonLines, jsonl(odd)],
      [readCsv, csv(odd)],
    ] as const) {
      const { log, notes } = await read(reader, inMemory(content), { columns });
      expect([...tableOf(log)]).toEqual([['[3,"7","b"]', [-1, null, null]]]);
      expect(notes).toEqual(['Columns that are not read: “lr”.']);
    }
  });

  it('takes one run of several, targets and no foils', async () => {
    const two = [
      { run: 'a', step: 0, fact: 'f', probe: 'p', role: 'target', logprob_mean: -1 },
      { run: 'a', step: 0, fact: 'f', probe: 'p', role: 'foil', logprob_mean: -2 },
      { run: 'b', step: 0, fact: 'f', probe: 'p', role: 'target', logprob_mean: -3 },
    ];
    const { log, run, notes } = await read(readJsonLines, inMemory(jsonl(two)), { run: 'b' });
    expect(log.logprob_mean.values).toEqual(Float64Array.of(-3));
    expect(run).toBe('b');
    expect(notes).toEqual(['2 rows of other runs are left out.']);
    const foils = await read(readJsonLines, inMemory(jsonl(two.slice(0, 2))));
    expect(foils.run).toBe('a');
    expect(foils.notes).toEqual([
      expect.stringContaining('Rows of foils and further targets are left out (1)'),
    ]);
    expect(await failureOf(read(readJsonLines, inMemory(jsonl(two))))).toMatchObject({
      code: 'several-runs',
      message: 'The log has 2 runs: a, b.',
    });
    expect(await failureOf(read(readJsonLines, inMemory(jsonl(two)), { run: 'c' }))).toMatchObject({
      code: 'unknown-run',
      remedy: 'Its runs: a, b.',
    });
  });

  it('may say the same twice, and no two different things', async () => {
    const again = [...rows, rows[1]!];
    expect((await read(readJsonLines, inMemory(jsonl(again)))).notes).toEqual([
      '1 rows stand more than once with the same values.',
      note,
    ]);
    const other = [...rows, { ...rows[1]!, logprob_full: -7 }];
    const failure = { code: 'duplicate-row', message: 'mars/moons has two different rows at step 0.' };
    expect(await failureOf(read(readJsonLines, inMemory(jsonl(other))))).toMatchObject({
      ...failure,
      place: 'line 2 and line 4',
    });
    expect(await failureOf(read(readCsv, inMemory(csv(other))))).toMatchObject({
      ...failure,
      place: 'line 3 and line 5',
    });
    const numbers = other.map((row) => ({ ...row, logprob_full: Number(row['logprob_full']) || -1 }));
    expect(await failureOf(read(readParquet, await parquet('twice', jsonl(numbers))))).toMatchObject({
      ...failure,
      place: 'row 2 and row 4',
    });
  });
});

describe('a log of named columns that is wrong', () => {
  const good = { step: 1, fact: 'a', probe: 'b', logprob_mean: -1 };
  const withRow = (row: Row | string) => `${jsonl([good])}\n${typeof row === 'string' ? row : jsonl([row])}`;

  it.each([
    [{ ...good, step: -1 }, 'log-value', 'line 2', /“step” is no whole number/],
    [{ ...good, step: 1.5 }, 'log-value', 'line 2', /“step”/],
    [{ ...good, step: '2' }, 'log-value', 'line 2', /“step”/],
    [{ ...good, step: 2, fact: '' }, 'log-value', 'line 2', /“fact” is no id/],
    [{ ...good, step: 2, probe: null }, 'log-value', 'line 2', /“probe” is no id/],
    [{ ...good, step: 2, logprob_mean: '-1' }, 'log-value', 'line 2', /no number but string/],
    [{ ...good, step: 2, logprob_mean: 0.7 }, 'log-value', 'line 2', /is 0.7.*never above 0.*loss/],
    [
      { ...good, step: 2, logprob_mean: null, logprob_sum: -1, n_tokens: 0 },
      'log-value',
      'line 2',
      /n_tokens/,
    ],
    ['{"step":2,"fact":"a","probe":"b","logprob_mean":-1e999}', 'log-value', 'line 2', /infinite/],
    ['{"step":2,"fact":"a","probe":"b","logprob_mean":-Infinity}', 'log-damaged', 'line 2, byte 100', /'I'/],
    [
      '{"step":2,"step":3,"fact":"a","probe":"b","logprob_mean":-1}',
      'log-damaged',
      'line 2, byte 62',
      /twice/,
    ],
    ['{"step":2', 'log-damaged', 'line 2, byte 61', /ends where/],
    ['[1]', 'log-damaged', 'line 2', /no object/],
    ['{"a":'.repeat(100_000), 'log-damaged', /^line 2/, /./],
  ])('%j', async (row, code, place, words) => {
    const failure = await failureOf(read(readJsonLines, inMemory(withRow(row))));
    expect(failure).toMatchObject({ code, file: '/a/log' });
    expect(failure.place).toMatch(place);
    expect(failure.message).toMatch(words);
  });

  it('in CSV: cells that are no numbers, missing cells, open quotes', async () => {
    const head = 'step,fact,probe,logprob_mean\n0,a,b,-1\n';
    for (const [line, code, place, words] of [
      ['1,a,b,x', 'log-value', 'line 3', /no number: “x”/],
      ['1,a,b,0x1', 'log-value', 'line 3', /no number/],
      ['1,a,b,inf', 'log-value', 'line 3', /no number/],
      ['1e1,a,b,-1', 'log-value', 'line 3', /“step”/],
      ['1,a,b', 'csv-broken', 'line 3', /Invalid Record Length/],
      ['1,a,b,-1,2', 'csv-broken', 'line 3', /Invalid Record Length/],
      ['1,"a,b,-1', 'csv-broken', 'line 3', /Quote/],
    ] as const) {
      const failure = await failureOf(read(readCsv, inMemory(head + line)));
      expect(failure).toMatchObject({ code, place });
      expect(failure.message).toMatch(words);
    }
    const floats = await read(readCsv, inMemory(`${head}7.0,a,b, -2e-1 \n8,a,b,NaN\n9,a,b,\n`));
    expect([...tableOf(floats.log).values()]).toEqual([
      [-1, null, null],
      [-0.2, null, null],
      [NaN, null, null],
      [null, null, null],
    ]);
  });

  it('says what is missing, and does not take losses for log probabilities', async () => {
    const losses = [{ step: 0, fact: 'a', probe: 'b', loss: 2.5 }];
    for (const [reader, source] of [
      [readJsonLines, inMemory(jsonl(losses))],
      [readCsv, inMemory(csv(losses))],
      [readParquet, await parquet('loss', jsonl(losses))],
    ] as const) {
      const failure = await failureOf(read(reader, source));
      expect(failure.code).toBe('column-missing');
      expect(failure.message).toMatch(/needs “logprob_mean”.*“loss” is not taken.*logprob_mean = −loss/);
    }
    const without = await failureOf(read(readCsv, inMemory('fact,probe,logprob_mean\na,b,-1')));
    expect(without.message).toMatch(/needs a column “step”; it has “fact”, “probe”, “logprob_mean”/);
    expect(() => parseRenamed('step')).toThrow(/which column/);
    expect(() => parseRenamed('stop=a')).toThrow(/which column/);
  });

  it('is not made into a table that no memory holds', async () => {
    const sparse = Array.from({ length: 8000 }, (_, i) => ({ ...good, step: i, probe: `p${i}` }));
    expect(await failureOf(read(readJsonLines, inMemory(jsonl(sparse))))).toMatchObject({
      code: 'log-sparse',
    });
    expect(await failureOf(read(readCsv, inMemory('step,fact,probe,logprob_mean\n')))).toMatchObject({
      code: 'log-empty',
    });
  });

  it('has a line of a million characters, or one that never ends', async () => {
    const long = { ...good, step: 2, fact: 'a'.repeat(1_000_000) };
    expect((await read(readJsonLines, inMemory(withRow(long)))).log.probes).toHaveLength(2);
    const endless = withRow('x'.repeat(17 << 20));
    expect(await failureOf(read(readJsonLines, inMemory(endless)))).toMatchObject({ code: 'log-line-huge' });
    const open = `step,fact,probe,logprob_mean\n1,"${'a\n'.repeat(3 << 20)}`;
    expect((await failureOf(read(readCsv, inMemory(open)))).code).toBe('csv-broken');
  });

  it('is Parquet with any byte changed: the numbers, or an error', { timeout: 60_000 }, async () => {
    const many = Array.from({ length: 400 }, (_, i) => ({
      ...good,
      step: i >> 2,
      probe: `p${i & 3}`,
      logprob_mean: -i / 7,
    }));
    const source = await parquet('many', jsonl(many), 'compression snappy');
    const bytes = await readFile(source.file);
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, by) => {
        const changed = Uint8Array.from(bytes);
        changed[at] = (changed[at]! + by) % 256;
        const started = performance.now();
        const outcome = await read(readParquet, await home.source(changed, 'changed.parquet')).catch(
          (error: unknown) => error,
        );
        expect(performance.now() - started).toBeLessThan(10_000);
        if (outcome instanceof Error) {
          expect(outcome.name).toBe('FailureError');
          refused++;
        }
      }),
      { numRuns: 400 },
    );
    expect(refused).toBeGreaterThan(50);
  });
});

describe('what a file is', () => {
  it.each([
    ['published', '[{"step": 1, "mem_first": [[1]]}]'],
    ['dataset', '[{"train_context": "a", "mem_input": ["b"]}]'],
    ['json', ' [ {"fact": "a", "step": 1}]'],
    ['jsonl', '{"step": 1}\n{"step": 2}'],
    ['csv', 'fact,probe,step,logprob_mean\n'],
    ['csv', 'global_step;step\n'],
  ])('%s', async (format, content) => {
    expect(await sniff(inMemory(content))).toBe(format);
  });

  it('is told by its content before its name', async () => {
    const source = await parquet('named', jsonl([{ step: 1, fact: 'a', probe: 'b', logprob_mean: -1 }]));
    const bytes = await readFile(source.file);
    expect(await sniff(await home.source(bytes, 'log.csv'))).toBe('parquet');
    expect(await sniff(await home.source('a,b\n', 'log.csv'))).toBe('csv');
    expect(await failureOf(sniff(await home.source('hello', 'log.txt')))).toMatchObject({
      code: 'log-unknown',
    });
    expect(await failureOf(sniff(await home.source('', 'log.txt')))).toMatchObject({
      message: 'The file is empty.',
    });
    expect(await failureOf(openSource(home.folder))).toMatchObject({
      code: 'log-unreadable',
      message: 'It is a folder.',
    });
    expect(await failureOf(openSource(join(home.folder, 'nowhere')))).toMatchObject({
      code: 'log-unreadable',
    });
  });
});
