import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 as zlibCrc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { FailureError } from '../../../../src/core/failure';
import { crc32 } from '../../../../src/core/results/checksum';
import type { Column, MeasuredLog } from '../../../../src/core/results/measured/log';
import { VALUE_COLUMNS, type ValueColumn } from '../../../../src/core/results/measured/columns';
import { decodeMeasured } from '../../../../src/core/results/measured/decode';
import { encodeMeasured } from '../../../../src/core/results/measured/encode';
import { readMeasuredFooter } from '../../../../src/core/results/measured/footer';

const crc = (bytes: Uint8Array, before: number) => zlibCrc32(bytes, before);
const metadata = { run: 'r', settings: { source: 'a log' } };

function encode(log: MeasuredLog): Uint8Array {
  return Uint8Array.from(Buffer.concat([...encodeMeasured(log, metadata, crc)]));
}

async function decode(bytes: Uint8Array, wanted?: readonly ValueColumn[]) {
  const read = async (at: number, length: number) => Promise.resolve(bytes.subarray(at, at + length));
  return decodeMeasured({ size: bytes.length, read }, 'the file', crc, wanted);
}

/** Numbers of every sort but NaN payloads, doubles or float32, nulls and NaN, with more or less of each. */
const log = fc
  .record({
    steps: fc.uniqueArray(fc.maxSafeNat(), { maxLength: 12 }),
    probes: fc.uniqueArray(fc.tuple(fc.string(), fc.string()), {
      maxLength: 9,
      selector: (ids) => JSON.stringify(ids),
    }),
    kinds: fc.array(fc.constantFrom(undefined, 'memorization', 'semantic', 'composition')),
    first: fc.boolean(),
    full: fc.boolean(),
    nulls: fc.boolean(),
    single: fc.boolean(),
  })
  .chain(({ steps, probes, kinds, first, full, nulls, single }) => {
    const size = steps.length * probes.length;
    const number = single ? fc.float({ noNaN: true }) : fc.double({ noNaN: true });
    const value = nulls
      ? fc.oneof(
          { weight: 4, arbitrary: number },
          { weight: 1, arbitrary: fc.constantFrom<(number | null)[]>(null, NaN) },
        )
      : number;
    const column = fc
      .array<number | null>(value, { minLength: size, maxLength: size })
      .map((values): Column => {
        const missing = values.map((each) => (each === null ? 1 : 0));
        return {
          values: Float64Array.from(values, (each) => each ?? NaN),
          missing: missing.includes(1) ? Uint8Array.from(missing) : undefined,
        };
      });
    return fc.record({
      steps: fc.constant(steps.toSorted((a, b) => a - b)),
      loggedSteps: fc.constant(steps.map((step) => step % 1000)),
      probes: fc.constant(
        probes.map(([fact, probe], i) => ({
          fact,
          probe,
          ...(kinds[i] !== undefined && { kind: kinds[i] }),
        })),
      ),
      logprob_mean: column,
      ...(first && { logprob_first: column }),
      ...(full && { logprob_full: column }),
    });
  });

/** A column all of whose values are float32 comes back as such. */
function stored<T extends Partial<MeasuredLog>>(given: T): T {
  const log: T & Partial<Record<ValueColumn, Column>> = { ...given };
  for (const name of VALUE_COLUMNS) {
    const { values, missing } = given[name] ?? {};
    if (values?.every((each) => Object.is(Math.fround(each), each)) === true)
      log[name] = { values: Float32Array.from(values), missing };
  }
  return log;
}

describe('an imported log as a file', () => {
  it('comes back as it was, null and NaN apart', async () => {
    await fc.assert(
      fc.asyncProperty(log, async (given) => {
        expect(await decode(encode(given))).toEqual({ log: stored(given), metadata });
        expect(encode(stored(given))).toEqual(encode(given));
        const { logprob_first: _first, logprob_full: _full, ...rest } = given;
        expect(await decode(encode(given), ['logprob_mean'])).toEqual({ log: stored(rest), metadata });
      }),
      { numRuns: 300 },
    );
  });

  it('comes back over several row groups, and is read by DuckDB', async () => {
    const steps = Array.from({ length: 200_000 }, (_, i) => i * 3);
    // Beyond what 32 bits hold.
    const loggedSteps = steps.map((step) => 2 ** 40 + step * 7);
    const probes = Array.from({ length: 12 }, (_, i) => ({ fact: `f${i >> 1}`, probe: `${i}` }));
    const values = Float64Array.from({ length: 2_400_000 }, (_, i) => -i / 7);
    const missing = Uint8Array.from(values, (_, i) => (i % 1000 === 999 ? 1 : 0));
    const given: MeasuredLog = {
      steps,
      loggedSteps,
      probes,
      logprob_mean: { values, missing: undefined },
      logprob_full: { values: values.map((each, i) => (missing[i] === 1 ? NaN : each)), missing },
    };
    const bytes = encode(given);
    expect(readMeasuredFooter(bytes, 'the file').parquet.row_groups).toHaveLength(3);
    const { log: found } = await decode(bytes);
    expect(found.steps).toEqual(steps);
    expect(found.loggedSteps).toEqual(loggedSteps);
    for (const name of ['logprob_mean', 'logprob_full'] as const) {
      // As bytes: millions of numbers one by one would take seconds.
      const bytesOf = ({ values: numbers, missing: nulls }: Column) =>
        [numbers, nulls ?? new Uint8Array()].map(({ buffer }) => Buffer.from(buffer));
      const pairs = bytesOf(found[name]!).map((each, i) => [each, bytesOf(given[name]!)[i]!] as const);
      expect(pairs.map(([mine, theirs]) => mine.equals(theirs))).toEqual([true, true]);
    }

    const folder = await mkdtemp(join(tmpdir(), 'measured-'));
    const db = await DuckDBInstance.create();
    const connection = await db.connect();
    try {
      const file = join(folder, 'log.parquet');
      await writeFile(file, bytes);
      const told = await connection.runAndReadAll(`select count(*) as rows, count(logprob_full) as given,
        count(distinct (probe, step)) as pairs, count(*) filter (
          logged_step = 1099511627776 + step * 7 and fact = 'f' || probe::int // 2
          and abs(logprob_mean + (probe::int * 200000 + step // 3) / 7.0) < 1e-9
        ) as fitting from '${file}'`);
      const all = BigInt(values.length);
      expect(told.getRowObjects()).toEqual([
        { rows: all, given: all - all / 1000n, pairs: all, fitting: all },
      ]);
    } finally {
      connection.closeSync();
      db.closeSync();
      await rm(folder, { recursive: true });
    }
  });

  it('has the checksum that the slow way gives', async () => {
    const given = fc.sample(log, { seed: 1, numRuns: 1 })[0]!;
    const slow = [
      ...encodeMeasured(given, metadata, (bytes, before) =>
        before === 0 ? crc32(bytes) : zlibCrc32(bytes, before),
      ),
    ];
    expect(Buffer.concat(slow)).toEqual(Buffer.from(encode(given)));
    expect((await decode(encode(given))).log).toEqual(stored(given));
  });

  it('is refused with any byte changed or cut off', async () => {
    const given = fc.sample(log, { seed: 3, numRuns: 9 }).find(({ probes }) => probes.length > 2)!;
    const bytes = encode(given);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, by) => {
        const changed = bytes.slice();
        changed[at] = (changed[at]! + by) % 256;
        await expect(decode(changed)).rejects.toThrow(FailureError);
        await expect(decode(bytes.subarray(0, at))).rejects.toThrow(FailureError);
      }),
      { numRuns: 2000 },
    );
  });

  it('is read by DuckDB, row by row', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'measured-'));
    const db = await DuckDBInstance.create();
    const connection = await db.connect();
    try {
      const samples = fc.sample(log, { seed: 7, numRuns: 60 });
      for (const [i, given] of samples.entries()) {
        const file = join(folder, `${i}.parquet`);
        await writeFile(file, encode(given));
        const found = await connection.runAndReadAll(`select * from '${file}'`);
        expect(found.getRowObjects()).toEqual(rowsOf(given));
      }
      expect(samples.some(({ probes, steps }) => probes.length > 3 && steps.length > 3)).toBe(true);
    } finally {
      connection.closeSync();
      db.closeSync();
      await rm(folder, { recursive: true });
    }
  });
});

function rowsOf({ steps, loggedSteps, probes, ...columns }: MeasuredLog): Record<string, unknown>[] {
  const known = probes.some(({ kind }) => kind !== undefined);
  return probes.flatMap(({ fact, probe, kind }, p) =>
    steps.map((step, i) => {
      const at = p * steps.length + i;
      const values = Object.entries(columns).map(([name, { values, missing }]) => [
        name,
        missing?.[at] === 1 ? null : values[at],
      ]);
      return {
        run: 'r',
        step: BigInt(step),
        logged_step: BigInt(loggedSteps[i]!),
        fact,
        probe,
        ...(known && { kind: kind ?? null }),
        ...(Object.fromEntries(values) as Record<string, unknown>),
      };
    }),
  );
}
