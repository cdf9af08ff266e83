import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FailureError } from '../../../src/core/failure';
import { CHECKSUM_KEY, CHECKSUM_PLACEHOLDER, sign } from '../../../src/core/results/checksum';
import { COLUMN_NAMES, ENCODING, SCHEMA } from '../../../src/core/results/columns';
import { decodePart, encodePart } from '../../../src/core/results/parquet';
import type { PartMetadata } from '../../../src/core/results/part';
import type { ScoreRow } from '../../../src/core/results/row';
import { row, token } from './rows';

const metadata: PartMetadata = {
  scorer: { model: 'm'.repeat(64), tokenizer: 't'.repeat(64), options: 'bos=1' },
  settings: { onnxruntime: '1.30.0', provider: 'cpu', 'Ünïcode =': 'x=y\n' },
};
const rows: ScoreRow[] = [
  row(),
  row({ step: 2 ** 40, condition: null, tokens: [], greedy: true, text: '木星 🪐 "a",\n', index: 7 }),
  row({ role: 'foil', kind: 'composition', tokens: [{ ...token(3), best: [] }], logprob_mean: -1e-300 }),
  row({ role: 'alternative', logprob_sum: -Number.MAX_VALUE, logprob_first: 0, logprob_full: null }),
];

/** The failure of a decoding that has to fail. */
async function failing(bytes: Uint8Array): Promise<string> {
  const error: unknown = await decodePart(bytes, 'some/part.parquet').then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof FailureError)) throw new Error(`no FailureError but ${String(error)}`);
  expect(error.failure.file).toBe('some/part.parquet');
  expect(error.failure.remedy).toBeTruthy();
  return error.failure.code;
}

describe('a part', () => {
  it('comes back as it was written', async () => {
    expect(await decodePart(encodePart({ rows, metadata }), 'f')).toEqual({ rows, metadata });
  });

  it('may have rows without tokens only', async () => {
    const part = { rows: [row({ tokens: [] })], metadata };
    expect(await decodePart(encodePart(part), 'f')).toEqual(part);
  });

  it('may have no rows, and no scorer', async () => {
    const empty = { rows: [], metadata: { scorer: null, settings: {} } };
    expect(await decodePart(encodePart(empty), 'f')).toEqual(empty);
  });

  it('can be read without its token tables', async () => {
    const part = await decodePart(encodePart({ rows, metadata }), 'f', { tokens: false });
    expect(part.rows).toEqual(rows.map((each) => ({ ...each, tokens: [] })));
  });

  it('comes back for any texts and numbers', async () => {
    const logprob = fc.double({ noNaN: true, noDefaultInfinity: true });
    const text = fc.string({ unit: 'binary' }).filter((value) => !/\p{Surrogate}/u.test(value));
    const anyRow = fc
      .record({
        run: text,
        fact: text,
        probe: text,
        text,
        step: fc.maxSafeNat(),
        n_tokens: fc.nat(),
        logprob_mean: logprob,
        logprob_sum: logprob,
        greedy: fc.boolean(),
        tokens: fc.array(fc.integer({ min: 1, max: 9 }).map(token), { maxLength: 4 }),
      })
      .map(row);
    await fc.assert(
      fc.asyncProperty(fc.array(anyRow, { maxLength: 20 }), async (anyRows) => {
        const part = await decodePart(encodePart({ rows: anyRows, metadata }), 'f');
        expect(part.rows).toEqual(anyRows);
      }),
      { numRuns: 100 },
    );
  });

  it.each([NaN, Infinity, -Infinity])('is not written with %s as a log probability', (logprob_mean) => {
    expect(() => encodePart({ rows: [row({ logprob_mean })], metadata })).toThrow(/zorgon\/moons.*step 100/);
  });

  it('keeps a masked alternative of probability zero', async () => {
    const masked = row({ tokens: [{ ...token(1), best: [{ id: 1, token: 'x', logprob: -Infinity }] }] });
    expect((await decodePart(encodePart({ rows: [masked], metadata }), 'f')).rows).toEqual([masked]);
  });
});

describe('a damaged part', () => {
  const sound = encodePart({ rows, metadata });

  it('is refused wherever it is cut off', async () => {
    for (let length = 0; length < sound.length; length += 1 + Math.floor(length / 40)) {
      expect(await failing(sound.slice(0, length))).toBe('part-damaged');
    }
  });

  it('is refused whichever bit has changed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(sound.length - 1), fc.nat(7), async (byte, bit) => {
        const bytes = sound.slice();
        bytes[byte]! ^= 1 << bit;
        expect(await failing(bytes)).toMatch(/^part-(damaged|foreign)$/);
      }),
      { numRuns: 300 },
    );
  });

  it('is refused when it is any bytes at all', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
        expect(await failing(bytes)).toBe('part-damaged');
      }),
    );
  });
});

describe('a part that is signed, but nonsense', () => {
  const kvMetadata = [
    { key: 'knowledge-probes.format', value: '1' },
    { key: CHECKSUM_KEY, value: CHECKSUM_PLACEHOLDER },
  ];
  const signed = (options: Parameters<typeof parquetWriteBuffer>[0]) => {
    const bytes = new Uint8Array(parquetWriteBuffer({ kvMetadata, ...options }));
    sign(bytes);
    return bytes;
  };

  it('is refused with other columns', async () => {
    expect(await failing(signed({ columnData: [{ name: 'run', data: ['a'] }] }))).toBe('part-damaged');
  });

  it('is refused with other types', async () => {
    const columnData = COLUMN_NAMES.map((name) => ({ name, data: ['a'], type: 'STRING' as const }));
    expect(await failing(signed({ columnData }))).toBe('part-damaged');
  });

  it('is told apart when it is of a newer format or of another program', async () => {
    const columnData = [{ name: 'run', data: ['a'] }];
    const newer = [{ key: 'knowledge-probes.format', value: '2' }, kvMetadata[1]!];
    expect(await failing(signed({ columnData, kvMetadata: newer }))).toBe('part-newer');
    expect(await failing(new Uint8Array(parquetWriteBuffer({ columnData })))).toBe('part-foreign');
  });

  it.each([
    ['kind', 'guess'],
    ['role', 'victim'],
    ['condition', 'unsure'],
    ['logprob_mean', NaN],
    ['step', -1n],
    ['n_tokens', -3],
    ['tokens', [{ ...token(1), rank: 0 }]],
    ['tokens', [{ ...token(1), logprob: NaN }]],
  ])('is refused where %s is %s', async (name, value) => {
    // As the program writes it, without its looking.
    const sound: Record<string, unknown> = { ...row(), step: 1n };
    const columnData = COLUMN_NAMES.map((column) => ({
      name: column,
      encoding: ENCODING,
      data: [column === name ? value : sound[column]],
    }));
    expect(await failing(signed({ schema: SCHEMA, columnData }))).toBe('part-damaged');
    const good = COLUMN_NAMES.map((column) => ({ name: column, encoding: ENCODING, data: [sound[column]] }));
    expect((await decodePart(signed({ schema: SCHEMA, columnData: good }), 'f')).rows).toEqual([
      row({ step: 1 }),
    ]);
  });

  it('is read where it is of before logprob_full could be left out', async () => {
    const schema = SCHEMA.map((one) =>
      one.name === 'logprob_full' ? { ...one, repetition_type: 'REQUIRED' as const } : one,
    );
    const sound: Record<string, unknown> = { ...row(), step: 1n };
    const columnData = COLUMN_NAMES.map((name) => ({ name, encoding: ENCODING, data: [sound[name]] }));
    expect((await decodePart(signed({ schema, columnData }), 'f')).rows).toEqual([row({ step: 1 })]);
  });

  it('never hangs, whatever byte had changed before it was signed', async () => {
    const sound = encodePart({ rows, metadata });
    await fc.assert(
      fc.asyncProperty(fc.nat(sound.length - 1), fc.nat(255), async (at, byte) => {
        const bytes = sound.slice();
        bytes[at] = byte;
        try {
          sign(bytes);
        } catch {
          return; // The place of the checksum itself was hit.
        }
        const outcome: unknown = await decodePart(bytes, 'f').catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(FailureError);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('an independent reader', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parts-'));
    await writeFile(join(folder, 'a.parquet'), encodePart({ rows, metadata }));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const query = async (sql: string) => {
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    return connection.runAndReadAll(sql.replaceAll('$FILE', `'${join(folder, 'a.parquet')}'`));
  };

  it('sees the columns of the design, with their types', async () => {
    const result = await query('select * from read_parquet($FILE)');
    const alternative = '"id" INTEGER, "token" VARCHAR, "logprob" DOUBLE';
    const types = result.columnTypes().map(String);
    expect(Object.fromEntries(result.columnNames().map((name, i) => [name, types[i]]))).toEqual({
      run: 'VARCHAR',
      step: 'BIGINT',
      fact: 'VARCHAR',
      probe: 'VARCHAR',
      kind: 'VARCHAR',
      condition: 'VARCHAR',
      role: 'VARCHAR',
      index: 'INTEGER',
      text: 'VARCHAR',
      n_tokens: 'INTEGER',
      n_bytes: 'INTEGER',
      logprob_mean: 'DOUBLE',
      logprob_sum: 'DOUBLE',
      logprob_first: 'DOUBLE',
      logprob_full: 'DOUBLE',
      greedy: 'BOOLEAN',
      tokens: `STRUCT(${alternative}, "rank" INTEGER, "best" STRUCT(${alternative})[])[]`,
      key: 'VARCHAR',
    });
  });

  it('sees the same values', async () => {
    const result = await query('select * from read_parquet($FILE)');
    const seen = result.getRowObjectsJson().map((each) => ({ ...each, step: Number(each['step']) }));
    expect(seen).toEqual(rows);
  });

  it('sees the metadata', async () => {
    const result = await query('select decode(key) as k, decode(value) as v from parquet_kv_metadata($FILE)');
    const values = Object.fromEntries(result.getRowsJson() as [string, string][]);
    expect(values).toMatchObject({
      'knowledge-probes.format': '1',
      'knowledge-probes.model': 'm'.repeat(64),
      'knowledge-probes.options': 'bos=1',
      'knowledge-probes.setting.onnxruntime': '1.30.0',
      'knowledge-probes.setting.Ünïcode =': 'x=y\n',
    });
  });
});
