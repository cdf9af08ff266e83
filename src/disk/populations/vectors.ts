import { createReadStream } from 'node:fs';
import { extname } from 'node:path';
import type { Vectors } from '../../core/dynamics/populations/clusters';
import { FailureError, toFailure } from '../../core/failure';
import { csvRecords } from '../csvRecords';
import { readNpy, tooMany } from './npy';

/** 400 MB of numbers; clustering needs them twice. */
const MOST_VALUES = 5e7;

/**
 * Reads feature vectors, one an item, all of one length:
 * - `.npy`: a table of float32 or float64, a row an item;
 * - `.jsonl`: a line an item, an array of numbers or an object with such an array as `vector` or `embedding`;
 * - `.csv`: a line an item, a number a field; a heading line is passed over, and so is its column `fact` or `id`.
 * @throws FailureError `vectors-unreadable`, `vectors-format`, `vectors-row` with the line, `vectors-empty`,
 * `vectors-too-many`, `csv-broken`, and of `.npy` files see {@link readNpy}
 */
export async function readVectors(path: string): Promise<Vectors> {
  try {
    switch (extname(path).toLowerCase()) {
      case '.npy':
        return await readNpy(path, MOST_VALUES);
      case '.jsonl':
        return await collect(path, jsonRows(path));
      case '.csv':
        return await collect(path, csvRows(path));
    }
  } catch (error) {
    if (error instanceof FailureError) throw error;
    throw new FailureError(
      {
        code: 'vectors-unreadable',
        message: `These vectors cannot be read: ${toFailure(error).message}.`,
        file: path,
        remedy: 'Correct the path, or put the file there.',
      },
      { cause: error },
    );
  }
  throw new FailureError({
    code: 'vectors-format',
    message: 'Vectors are read from .npy, .jsonl and .csv files.',
    file: path,
    remedy: 'Save them in one of these forms.',
  });
}

interface Row {
  readonly numbers: readonly unknown[];
  readonly line: number;
}

async function collect(path: string, rows: AsyncIterable<Row>): Promise<Vectors> {
  let values = new Float64Array(1 << 12);
  let width = 0;
  let count = 0;
  for await (const { numbers, line } of rows) {
    if (count === 0) width = numbers.length;
    if (numbers.length !== width || width === 0)
      throw wrongRow(path, line, `This vector has ${numbers.length} numbers, the first one has ${width}.`);
    const end = (count + 1) * width;
    if (end > MOST_VALUES) throw tooMany(path, count + 1, width, MOST_VALUES);
    if (end > values.length) {
      const greater = new Float64Array(Math.max(2 * values.length, end));
      greater.set(values);
      values = greater;
    }
    numbers.forEach((value, column) => {
      if (typeof value !== 'number' || !Number.isFinite(value))
        throw wrongRow(path, line, `Number ${column + 1} of this vector is not a finite number.`);
      values[count * width + column] = value;
    });
    count++;
  }
  if (count === 0)
    throw new FailureError({
      code: 'vectors-empty',
      message: 'There are no vectors in this file.',
      file: path,
      remedy: 'Write a line for each item.',
    });
  return { rows: count, width, values: values.subarray(0, count * width) };
}

async function* csvRows(path: string): AsyncGenerator<Row, void> {
  let first = true;
  let id = -1;
  for await (const { fields, line } of csvRecords(path)) {
    if (first) {
      first = false;
      const heading = fields.some((field) => Number.isNaN(numberIn(field)));
      if (heading) {
        id = fields.findIndex((field) => /^(fact|id)$/i.test(field));
        continue;
      }
    }
    yield { numbers: fields.filter((_, column) => column !== id).map(numberIn), line };
  }
}

function numberIn(field: string): number {
  return field === '' ? NaN : Number(field);
}

async function* jsonRows(path: string): AsyncGenerator<Row, void> {
  for await (const { text, line } of lines(path)) {
    if (text.trim() === '') continue;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      throw wrongRow(path, line, `This line is not JSON: ${toFailure(error).message}.`);
    }
    const { vector, embedding } = (value ?? {}) as Record<string, unknown>;
    const numbers = Array.isArray(value) ? (value as unknown[]) : (vector ?? embedding);
    if (!Array.isArray(numbers)) throw wrongRow(path, line, 'This line holds no array of numbers.');
    yield { numbers, line };
  }
}

/** Longest line, characters: a file without line ends is not read into memory. */
const LONGEST = 1 << 24;

async function* lines(path: string): AsyncGenerator<{ text: string; line: number }, void> {
  let rest = '';
  let line = 0;
  for await (const chunk of createReadStream(path, { encoding: 'utf8' }) as AsyncIterable<string>) {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop()!;
    if (rest.length > LONGEST)
      throw wrongRow(path, line + parts.length + 1, `This line is longer than ${LONGEST} characters.`);
    for (const text of parts) yield { text: line === 0 ? text.replace(/^\uFEFF/, '') : text, line: ++line };
  }
  yield { text: line === 0 ? rest.replace(/^\uFEFF/, '') : rest, line: line + 1 };
}

function wrongRow(file: string, line: number, message: string): FailureError {
  return new FailureError({
    code: 'vectors-row',
    message,
    file,
    place: `line ${line}`,
    remedy: 'Write a line for each item: [0.12, -1.5, …] in .jsonl, 0.12,-1.5,… in .csv, all of one length.',
  });
}
