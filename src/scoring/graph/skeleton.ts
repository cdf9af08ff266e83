import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import protobuf from 'protobufjs/minimal';
import { tag } from './encode';
import { DELIMITED } from './proto';

/** A file with more bytes is no ONNX model: protobuf messages end at 2 GiB. */
const LARGEST = 2 ** 31;
/** Bytes of weights that are left where they are. Shapes, which loading has to look at, are smaller. */
const LARGE = 16 * 1024;
const WINDOW = 1 << 20;

/** Stands for the model's own file as the place of weights; no exporter writes it. */
export const OWN_FILE = '';

/**
 * An ONNX model without its large weights: they become external data in the model's own file, {@link OWN_FILE}, with
 * offset and length. However large the file is, little of it is read, and ONNX Runtime maps the rest into memory.
 * @param model path of the .onnx file
 * @returns a ModelProto
 * @throws Error for what is no regular file, too large, or no protobuf message; system errors as they are
 */
export function readSkeleton(model: string): Uint8Array {
  const file = openSync(model, 'r');
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw new Error('not a file');
    if (stat.size >= LARGEST) throw new Error('larger than 2 GiB');
    if (stat.size === 0) throw new Error('the file is empty');
    return Buffer.concat(skim(windowOn(file, stat.size), 0, stat.size, 'model'));
  } finally {
    closeSync(file);
  }
}

/** Bytes of a file; valid until the next call unless they are copied. */
type Read = (start: number, end: number) => Uint8Array;

function windowOn(file: number, size: number): Read {
  let held: Uint8Array = new Uint8Array(0);
  let from = 0;
  return (start, end) => {
    if (start < from || end > from + held.length) {
      const wanted = Math.min(size, Math.max(end, start + WINDOW)) - start;
      const fresh = new Uint8Array(wanted);
      let got = 0;
      while (got < wanted) {
        const more = readSync(file, fresh, got, wanted - got, start + got);
        if (more === 0) throw new Error('the file was cut short while it was read');
        got += more;
      }
      held = fresh;
      from = start;
    }
    return held.subarray(start - from, end - from);
  };
}

type Level = 'model' | 'graph' | 'tensor';

/** The way to the weights, by the fields' numbers in onnx.proto. */
const INSIDE: Readonly<Record<Level, Readonly<Record<number, Level>>>> = {
  model: { 7: 'graph' },
  graph: { 5: 'tensor' },
  tensor: {},
};
const RAW_DATA = 9;
/** Tag and length take at most five bytes each, other numbers ten. */
const HEAD = 20;

function skim(read: Read, start: number, end: number, level: Level): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  // Comes last: of a field that is there twice the last counts, and some programs write out that data are not elsewhere.
  const elsewhere: Uint8Array[] = [];
  let at = start;
  while (at < end) {
    const head = new protobuf.Reader(read(at, Math.min(end, at + HEAD)));
    const found = head.uint32();
    const number = found >>> 3;
    if ((found & 7) !== DELIMITED) {
      head.skipType(found & 7);
      pieces.push(read(at, at + head.pos).slice());
      at += head.pos;
      continue;
    }
    const length = head.uint32();
    const content = at + head.pos;
    const next = content + length;
    if (next > end) throw new Error(`index out of range: ${next} > ${end}`);
    const inside = INSIDE[level][number];
    if (inside !== undefined) {
      const inner = Buffer.concat(skim(read, content, next, inside));
      pieces.push(new protobuf.Writer().uint32(tag(number)).bytes(inner).finish());
    } else if (level === 'tensor' && number === RAW_DATA && length > LARGE) {
      elsewhere.push(externalData(content, length));
    } else {
      pieces.push(read(at, next).slice());
    }
    at = next;
  }
  return [...pieces, ...elsewhere];
}

/** The fields of a TensorProto whose bytes are elsewhere. */
function externalData(offset: number, length: number): Uint8Array {
  const writer = new protobuf.Writer();
  const entries = { location: OWN_FILE, offset: String(offset), length: String(length) };
  for (const [key, value] of Object.entries(entries)) {
    writer.uint32(tag(13)).fork();
    writer.uint32(tag(1)).string(key);
    writer.uint32(tag(2)).string(value);
    writer.ldelim();
  }
  // data_location: EXTERNAL
  return writer
    .uint32(14 << 3)
    .uint32(1)
    .finish();
}
