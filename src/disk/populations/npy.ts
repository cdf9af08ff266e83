import { open, type FileHandle } from 'node:fs/promises';
import type { Vectors } from '../../core/dynamics/populations/clusters';
import { FailureError } from '../../core/failure';

/**
 * Reads a table of numbers that NumPy saved (`numpy.save`, format versions 1 to 3): float32 or float64, of either byte
 * order, in C or Fortran order.
 * @param mostValues how many numbers there may be
 * @throws FailureError `npy-broken` and `npy-unsupported` with the byte, `vectors-too-many`, `vectors-not-finite` with
 * row and byte
 */
export async function readNpy(path: string, mostValues: number): Promise<Vectors> {
  const file = await open(path);
  try {
    return await readTable(file, path, mostValues);
  } finally {
    await file.close();
  }
}

/** More numbers than can be clustered in memory. */
export function tooMany(file: string, rows: number, width: number, most: number): FailureError {
  return new FailureError({
    code: 'vectors-too-many',
    message: `${rows} vectors of ${width} numbers are more than ${most} numbers.`,
    file,
    remedy: 'Project them to fewer dimensions, or take a sample of the items.',
  });
}

interface NumberType {
  readonly bytes: 4 | 8;
  readonly swapped: boolean;
  readonly array: new (buffer: ArrayBufferLike) => Float32Array | Float64Array;
}

interface Header {
  readonly rows: number;
  readonly width: number;
  readonly fortran: boolean;
  readonly type: NumberType;
  /** Byte at which the numbers begin. */
  readonly start: number;
}

async function readTable(file: FileHandle, path: string, mostValues: number): Promise<Vectors> {
  const { rows, width, fortran, type, start } = await readHeader(file, path);
  if (rows * width > mostValues) throw tooMany(path, rows, width, mostValues);
  const { size } = await file.stat();
  const end = start + rows * width * type.bytes;
  if (size !== end)
    throw broken(
      path,
      Math.min(size, end),
      size < end ? `The file ends ${end - size} bytes too early.` : 'Something follows the table.',
    );
  const bytes = Buffer.from(new ArrayBuffer(end - start));
  await fill(file, bytes, start, path);
  if (type.swapped) swap(bytes, type.bytes);
  const stored = new type.array(bytes.buffer);
  const wrong = stored.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0)
    throw new FailureError({
      code: 'vectors-not-finite',
      message: `${stored[wrong]!} is no coordinate.`,
      file: path,
      place: `row ${(fortran ? wrong % rows : Math.floor(wrong / width)) + 1}, byte ${start + wrong * type.bytes}`,
      remedy: 'Give vectors of finite numbers.',
    });
  return { rows, width, values: fortran ? transposed(stored, rows, width) : stored };
}

/** A table's header is a line; this is many times as much. */
const LONGEST_HEADER = 1 << 16;

async function readHeader(file: FileHandle, path: string): Promise<Header> {
  const fixed = Buffer.alloc(12);
  await fill(file, fixed.subarray(0, 10), 0, path);
  if (fixed.toString('latin1', 0, 6) !== '\x93NUMPY') throw broken(path, 0, 'This is no .npy file.');
  const version = fixed[6]!;
  if (version < 1 || version > 3) throw unsupported(path, 6, `format version ${version}`);
  if (version > 1) await fill(file, fixed.subarray(10), 10, path);
  const [from, length] = version === 1 ? [10, fixed.readUInt16LE(8)] : [12, fixed.readUInt32LE(8)];
  if (length > LONGEST_HEADER) throw broken(path, 8, `A header of ${length} bytes is too long.`);
  const bytes = Buffer.alloc(length);
  await fill(file, bytes, from, path);
  const text = bytes.toString('latin1');
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(text)?.[1];
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const shape = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(text)?.[1];
  if (fortran === undefined || shape === undefined || !text.includes("'descr'"))
    throw broken(path, from, 'The header lacks “descr”, “fortran_order” or “shape”.');
  const type = TYPES[descr ?? ''];
  if (type === undefined) throw unsupported(path, from, `numbers of the type ${descr ?? 'record'}`);
  const sizes = shape.split(',').flatMap((size) => (size.trim() === '' ? [] : [Number(size)]));
  const [rows, width] = sizes;
  if (sizes.length !== 2 || !(rows! > 0 && width! > 0))
    throw unsupported(path, from, `the shape (${shape.trim()})`);
  return { rows: rows!, width: width!, fortran: fortran === 'True', type, start: from + length };
}

// Every machine this runs on stores the low byte first.
const TYPES: Readonly<Record<string, NumberType>> = {
  '<f4': { bytes: 4, swapped: false, array: Float32Array },
  '<f8': { bytes: 8, swapped: false, array: Float64Array },
  '>f4': { bytes: 4, swapped: true, array: Float32Array },
  '>f8': { bytes: 8, swapped: true, array: Float64Array },
};

function swap(bytes: Buffer, size: 4 | 8): void {
  if (size === 4) bytes.swap32();
  else bytes.swap64();
}

function transposed(columns: Float32Array | Float64Array, rows: number, width: number) {
  return columns.map((_, i) => columns[(i % width) * rows + Math.floor(i / width)]!);
}

/** Reads until the buffer is full. @throws FailureError `npy-broken` where the file ends before */
async function fill(file: FileHandle, buffer: Buffer, position: number, path: string): Promise<void> {
  let done = 0;
  while (done < buffer.length) {
    const { bytesRead } = await file.read(buffer, done, buffer.length - done, position + done);
    if (bytesRead === 0) throw broken(path, position + done, 'The file ends too early.');
    done += bytesRead;
  }
}

function broken(file: string, byte: number, message: string): FailureError {
  return new FailureError({
    code: 'npy-broken',
    message,
    file,
    place: `byte ${byte}`,
    remedy: 'Save it anew with numpy.save.',
  });
}

function unsupported(file: string, byte: number, what: string): FailureError {
  return new FailureError({
    code: 'npy-unsupported',
    message: `Vectors cannot be read from ${what}.`,
    file,
    place: `byte ${byte}`,
    remedy: 'Save a table with a row an item: numpy.save(file, vectors.astype("float32")).',
  });
}
