import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FailureError } from '../../../src/core/failure';
import { readFrequencies } from '../../../src/disk/populations/frequencies';
import { readVectors } from '../../../src/disk/populations/vectors';
import { pythonWith } from '../../python';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vectors-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

async function rows(path: string): Promise<number[][]> {
  const { rows: count, width, values } = await readVectors(path);
  expect(values).toHaveLength(count * width);
  return Array.from({ length: count }, (_, row) => [...values.subarray(row * width, (row + 1) * width)]);
}

async function failure(reading: Promise<unknown>) {
  const error = await reading.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof FailureError)) throw new Error(`no FailureError, but ${String(error)}`);
  return error.failure;
}

/** A .npy file of format version 1. */
function npy(header: string, data: Uint8Array = new Uint8Array()): Uint8Array {
  const padded = `${header}\n`;
  const start = Buffer.from([
    0x93,
    0x4e,
    0x55,
    0x4d,
    0x50,
    0x59,
    1,
    0,
    padded.length & 255,
    padded.length >> 8,
  ]);
  return Buffer.concat([start, Buffer.from(padded, 'latin1'), data]);
}
const TABLE = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }";
const six = (values: readonly number[]) => new Uint8Array(Float64Array.from(values).buffer);

const python = pythonWith('numpy');

describe('vectors from .npy', () => {
  it.skipIf(python === undefined)(
    'that NumPy wrote: types, byte orders, both orders of a table',
    async () => {
      execFileSync(
        python!,
        [
          '-c',
          `
import numpy as np
x = np.array([[1.5, -2, 3], [0, 1e-3, 7]])
for name, order in [("c", "C"), ("f", "F")]:
    for type in ["<f4", "<f8", ">f4", ">f8"]:
        np.save(f"{name}{type[1:]}{'b' if type[0] == '>' else 'l'}.npy", np.array(x, dtype=type, order=order))
with open("v2.npy", "wb") as file:
    np.lib.format.write_array(file, x, version=(2, 0))
with open("v3.npy", "wb") as file:
    np.lib.format.write_array(file, x, version=(3, 0))
np.save("half.npy", x.astype("f2"))
np.save("whole.npy", x.astype("i8"))
np.save("flat.npy", x.ravel())
np.save("record.npy", np.zeros((2, 2), dtype=[("a", "f4")]))
`,
        ],
        { cwd: folder },
      );
      for (const name of ['cf4l', 'cf4b', 'ff4l', 'ff4b', 'cf8l', 'cf8b', 'ff8l', 'ff8b', 'v2', 'v3']) {
        const small = name.includes('f4') ? Math.fround(1e-3) : 1e-3;
        expect(await rows(join(folder, `${name}.npy`)), name).toEqual([
          [1.5, -2, 3],
          [0, small, 7],
        ]);
      }
      for (const [name, what] of [
        ['half', 'type <f2'],
        ['whole', 'type <i8'],
        ['flat', 'shape (6,)'],
        ['record', 'type record'],
      ] as const) {
        const { code, message } = await failure(readVectors(join(folder, `${name}.npy`)));
        expect(code).toBe('npy-unsupported');
        expect(message).toContain(what);
      }
    },
  );

  it('tells row and byte of what is no number', async () => {
    const path = await file('nan.npy', npy(TABLE, six([1, 2, 3, 4, NaN, 6])));
    const start = (await readFile(path)).length - 48;
    expect(await failure(readVectors(path))).toMatchObject({
      code: 'vectors-not-finite',
      file: path,
      place: `row 2, byte ${start + 32}`,
    });
    const columns = await file('nan-f.npy', npy(TABLE.replace('False', 'True'), six([1, 2, 3, 4, 5, NaN])));
    expect((await failure(readVectors(columns))).place).toMatch(/^row 2, /);
  });

  it('is refused where it is cut off, goes on, or claims to be huge', async () => {
    const whole = npy(TABLE, six([1, 2, 3, 4, 5, 6]));
    expect(await rows(await file('whole-table.npy', whole))).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    for (let length = 0; length < whole.length; length++)
      expect((await failure(readVectors(await file('cut.npy', whole.subarray(0, length))))).code).toBe(
        'npy-broken',
      );
    expect((await failure(readVectors(await file('more.npy', Buffer.concat([whole, whole]))))).message).toBe(
      'Something follows the table.',
    );
    const huge = npy(TABLE.replace('(2, 3)', '(99999999999, 3)'));
    expect((await failure(readVectors(await file('huge.npy', huge)))).code).toBe('vectors-too-many');
  });

  it('never does anything but read or refuse', async () => {
    const whole = npy(TABLE, six([1, 2, 3, 4, 5, 6]));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        async (changes) => {
          const bytes = Uint8Array.from(whole);
          for (const [at, byte] of changes) bytes[at] = byte;
          const path = await file('fuzzed.npy', bytes);
          const read = await readVectors(path).catch((error: unknown) => error);
          if (read instanceof Error) expect(read).toBeInstanceOf(FailureError);
          else expect(read).toMatchObject({ values: expect.any(Object) as object });
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('vectors from text', () => {
  const VECTORS = [
    [1.5, -2, 3],
    [0, 1e-300, 7],
  ];

  it('as JSONL: arrays, or objects that hold them; blank lines, a byte order mark and CR LF', async () => {
    const text = `\uFEFF${JSON.stringify(VECTORS[0])}\r\n\r\n{"id":"b","embedding":${JSON.stringify(VECTORS[1])}}`;
    expect(await rows(await file('a.jsonl', text))).toEqual(VECTORS);
    expect(await rows(await file('b.jsonl', `{"vector":[4]}\n[5]\n`))).toEqual([[4], [5]]);
  });

  it('as CSV: with and without a heading, with ids', async () => {
    expect(await rows(await file('a.csv', '1.5,-2,3\n0,1e-300,7\n'))).toEqual(VECTORS);
    expect(await rows(await file('b.csv', '\uFEFFx,y,z\r\n1.5, -2 ,3\r\n\r\n0,1e-300,7'))).toEqual(VECTORS);
    expect(await rows(await file('c.csv', 'x,fact,y,z\n1.5,"a, b",-2,3\n0,2,1e-300,7'))).toEqual(VECTORS);
  });

  it.each([
    ['short.jsonl', '[1,2]\n[1]\n', 'vectors-row', 'line 2'],
    ['word.jsonl', '[1,"2"]\n', 'vectors-row', 'line 1'],
    ['null.jsonl', '\n[1,2]\n[1,null]\n', 'vectors-row', 'line 3'],
    ['nothing.jsonl', 'null\n', 'vectors-row', 'line 1'],
    ['empty-array.jsonl', '[]\n', 'vectors-row', 'line 1'],
    ['infinite.jsonl', '[1e999]\n', 'vectors-row', 'line 1'],
    ['cut.jsonl', '[1,2]\n[1,', 'vectors-row', 'line 2'],
    ['empty.jsonl', '', 'vectors-empty', undefined],
    ['short.csv', '1,2\n1\n', 'vectors-row', 'line 2'],
    ['gap.csv', 'a,b\n1,2\n1,\n', 'vectors-row', 'line 3'],
    ['word.csv', 'a,b\n1,2\n\n1,x\n', 'vectors-row', 'line 4'],
    ['quote.csv', '1,2\n"1,2\n', 'csv-broken', 'line 2'],
    ['heading.csv', 'a,b\n', 'vectors-empty', undefined],
    ['what.txt', '1,2\n', 'vectors-format', undefined],
  ])('refuses %s', async (name, text, code, place) => {
    const path = await file(name, text);
    const told = await failure(readVectors(path));
    expect(told).toMatchObject({ code, file: path });
    expect(told.place).toBe(place);
  });

  it('refuses what is not there, and a line without end', async () => {
    for (const name of ['none.npy', 'none.csv', 'none.jsonl'])
      expect((await failure(readVectors(join(folder, name)))).code).toBe('vectors-unreadable');
    const long = await file('long.jsonl', `[1${',1'.repeat(9_000_000)}]`);
    expect(await failure(readVectors(long))).toMatchObject({ code: 'vectors-row', place: 'line 1' });
  });

  it('reads back what was written, and never does anything but read or refuse', async () => {
    const table = fc.integer({ min: 1, max: 5 }).chain((width) =>
      fc.array(
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), {
          minLength: width,
          maxLength: width,
        }),
        { minLength: 1, maxLength: 8 },
      ),
    );
    await fc.assert(
      fc.asyncProperty(table, fc.nat(60), fc.string({ maxLength: 3 }), async (vectors, at, inserted) => {
        const text = { csv: vectors.join('\n'), jsonl: vectors.map((row) => JSON.stringify(row)).join('\n') };
        for (const form of ['csv', 'jsonl'] as const) {
          const read = await rows(await file(`back.${form}`, text[form]));
          expect(read).toEqual(vectors.map((row) => row.map((value) => (value === 0 ? 0 : value))));
          const broken = await file(
            `broken.${form}`,
            text[form].slice(0, at) + inserted + text[form].slice(at),
          );
          const again = await readVectors(broken).catch((error: unknown) => error);
          if (again instanceof Error) expect(again).toBeInstanceOf(FailureError);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('frequencies from CSV', () => {
  it('with ids and copies, in the order of the file', async () => {
    const path = await file('frequencies.csv', 'fact,note,Frequency,copies\nb,x,3,1\n"a, c",,1e2,2.5\n');
    expect(await readFrequencies(path)).toEqual({
      frequencies: Float64Array.of(3, 100),
      copies: Float64Array.of(1, 2.5),
      facts: ['b', 'a, c'],
    });
    expect(await readFrequencies(await file('plain.csv', 'frequency\n0\n2\n'))).toEqual({
      frequencies: Float64Array.of(0, 2),
      copies: null,
      facts: undefined,
    });
  });

  it.each([
    ['fact\na\n', 'frequencies-heading', 'line 1'],
    ['frequency\n1\n-2\n', 'frequencies-row', 'line 3'],
    ['frequency\n1\nx\n', 'frequencies-row', 'line 3'],
    ['fact,frequency\na\n', 'frequencies-row', 'line 2'],
    ['fact,frequency\na,\n', 'frequencies-row', 'line 2'],
    ['frequency,copies\n1,0.5\n', 'frequencies-row', 'line 2'],
    ['frequency\n0\n', 'frequencies-empty', undefined],
    ['', 'frequencies-empty', undefined],
    ['frequency\n"1\n', 'csv-broken', 'line 2'],
  ])('refuses %j', async (text, code, place) => {
    const told = await failure(readFrequencies(await file('wrong.csv', text)));
    expect(told).toMatchObject({ code });
    expect(told.place).toBe(place);
  });

  it('refuses what is not there', async () => {
    expect((await failure(readFrequencies(join(folder, 'none.csv')))).code).toBe('frequencies-unreadable');
  });
});
