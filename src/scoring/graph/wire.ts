import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { DELIMITED } from './proto';

/** What is read of a file at most, so that no file, whatever is in it, takes up a program's memory or time. */
export interface Limits {
  /** Fields that are looked at. A node has some twenty, so that these are graphs of 200,000 nodes. */
  readonly fields: number;
  /** Bytes that are read while fields are looked for. */
  readonly searched: number;
  /** Bytes of contents that are kept. Models have megabytes besides their weights. */
  readonly kept: number;
}

export const LIMITS: Limits = { fields: 4_000_000, searched: 256 << 20, kept: 64 << 20 };

/** A file with more bytes is no ONNX model: protobuf messages end at 2 GiB. */
const LARGEST = 2 ** 31;
/** Bytes that are read at a time: few where weights are skipped, more where field follows on field. */
const LEAST_WINDOW = 1 << 10;
const MOST_WINDOW = 1 << 20;
/** Where no more than one byte of so many was asked for, fewer are read the next time. */
const SPARSE = 128;

/** A file that is no ONNX model, or of which more would have to be read than the limits allow; says which. */
export class WireError extends Error {
  override readonly name = 'WireError';
}

/** Where a field stands in a file. */
export interface Place {
  readonly number: number;
  readonly wire: number;
  /** Of its tag. */
  readonly start: number;
  /** Of what is in it, after tag and length. */
  readonly content: number;
  readonly end: number;
}

/** A protobuf message in a file, of which only that is read which is asked for. */
export interface Wire {
  readonly size: number;
  /**
   * The fields of the message between two places of the file, in order. What is in them is not read.
   * @throws WireError where they are none; system errors as they are
   */
  fields(start: number, end: number): Generator<Place>;
  /** A copy of what stands between two places. @throws WireError where that is too much; system errors as they are */
  bytes(start: number, end: number): Uint8Array;
  /** @throws WireError where so much may not be copied, even before all of it is found */
  assertRoom(bytes: number): void;
}

/**
 * Opens a file for as long as it is used.
 * @throws WireError for what is no regular file, empty or too large; system errors as they are
 */
export function withWire<Result>(path: string, use: (wire: Wire) => Result, limits: Limits = LIMITS): Result {
  const file = openSync(path, 'r');
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw new WireError('not a file');
    if (stat.size >= LARGEST) throw new WireError('larger than 2 GiB');
    if (stat.size === 0) throw new WireError('the file is empty');
    return use(wireOf(file, stat.size, limits));
  } finally {
    closeSync(file);
  }
}

function wireOf(file: number, size: number, limits: Limits): Wire {
  const window = windowOn(file, size, limits);
  let left = limits.fields;
  let room = limits.kept;
  /** Place of the next byte of a field's head, and where its message ends. */
  let at = 0;
  let last = 0;

  /** A number of at most 32 bits, as tags and lengths are. */
  const number = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      if (at >= last) throw new WireError(`a field at byte ${at} is cut short`);
      const byte = window.byteAt(at++);
      value += (byte & 127) * factor;
      if (value >= 2 ** 32) throw new WireError(`there is no field at byte ${at}`);
      if (byte < 128) return value;
      if (factor === 2 ** 28) throw new WireError(`there is no field at byte ${at}`);
    }
  };
  const skipVarint = (): void => {
    for (let i = 0; i < 10; i++) {
      if (at >= last) throw new WireError(`a field at byte ${at} is cut short`);
      if (window.byteAt(at++) < 128) return;
    }
    throw new WireError(`there is no number at byte ${at}`);
  };
  const field = (start: number, end: number): Place => {
    if (--left < 0) throw new WireError(`it has more than ${limits.fields} fields`);
    [at, last] = [start, end];
    const tag = number();
    const wire = tag & 7;
    let content = at;
    if (tag < 8) throw new WireError(`there is no field at byte ${start}`);
    if (wire === 0) skipVarint();
    else if (wire === 1) at += 8;
    else if (wire === 5) at += 4;
    else if (wire === DELIMITED) {
      const length = number();
      content = at;
      at += length;
    } else throw new WireError(`there is a field of type ${wire} at byte ${start}, which ONNX has none of`);
    if (at > end)
      throw new WireError(`a field ends at byte ${at}, after what it is in, which ends at ${end}`);
    return { number: tag >>> 3, wire, start, content, end: at };
  };
  const assertRoom = (bytes: number): void => {
    if (bytes > room) throw new WireError(`it has more than ${limits.kept} bytes besides its weights`);
  };
  return {
    size,
    *fields(start, end) {
      for (let next = start; next < end;) {
        const found = field(next, end);
        next = found.end;
        yield found;
      }
    },
    bytes: (start, end) => {
      assertRoom(end - start);
      room -= end - start;
      return window.bytesAt(start, end);
    },
    assertRoom,
  };
}

interface Window {
  /** Mostly asked for one after the other. */
  byteAt(at: number): number;
  /** A copy. */
  bytesAt(start: number, end: number): Uint8Array;
}

function windowOn(file: number, size: number, { searched }: Limits): Window {
  const buffer = new Uint8Array(Math.min(size, MOST_WINDOW));
  let held = buffer.subarray(0, 0);
  let from = 0;
  let asked = 0;
  let left = searched;
  const move = (at: number): void => {
    const wanted = asked * SPARSE > held.length ? 2 * held.length : LEAST_WINDOW;
    held = buffer.subarray(0, Math.min(Math.max(wanted, LEAST_WINDOW), size - at));
    left -= held.length;
    if (left < 0) throw new WireError(`more than ${searched} bytes of it would have to be looked at`);
    readInto(held, file, at);
    from = at;
    asked = 0;
  };
  return {
    byteAt: (at) => {
      if (at < from || at >= from + held.length) move(at);
      asked++;
      return held[at - from]!;
    },
    bytesAt: (start, end) => {
      if (start >= from && end <= from + held.length) return held.slice(start - from, end - from);
      const copy = new Uint8Array(end - start);
      readInto(copy, file, start);
      return copy;
    },
  };
}

function readInto(target: Uint8Array, file: number, from: number): void {
  for (let got = 0; got < target.length;) {
    const more = readSync(file, target, got, target.length - got, from + got);
    if (more === 0) throw new WireError('the file was cut short while it was read');
    got += more;
  }
}
