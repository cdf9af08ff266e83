import protobuf from 'protobufjs/minimal';
import { tag } from './encode';
import { DELIMITED } from './proto';
import { withWire, type Limits, type Wire } from './wire';

/** Bytes of weights that are left where they are. Shapes, which loading has to look at, are smaller. */
const LARGE = 16 * 1024;

/** Stands for the model's own file as the place of weights; no exporter writes it. */
export const OWN_FILE = '';

/**
 * An ONNX model without its large weights: they become external data in the model's own file, {@link OWN_FILE}, with
 * offset and length. However large the file is, little of it is read, and ONNX Runtime maps the rest into memory.
 * @param model path of the .onnx file
 * @returns a ModelProto
 * @throws WireError for what is no regular file, too large, no protobuf message, or has too much besides its weights;
 * system errors as they are
 */
export function readSkeleton(model: string, limits?: Limits): Uint8Array {
  return withWire(model, (wire) => Buffer.concat(piecesOf(wire)), limits);
}

type Level = 'model' | 'graph' | 'tensor';

/** The way to the weights, by the fields' numbers in onnx.proto. */
const INSIDE: Readonly<Record<Level, Readonly<Record<number, Level>>>> = {
  model: { 7: 'graph' },
  graph: { 5: 'tensor' },
  tensor: {},
};
const RAW_DATA = 9;

/**
 * What stands between large weights is one piece, however many fields there are in it: so there are no more pieces than
 * a few for each 16 KiB of the file.
 */
function piecesOf(wire: Wire): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let size = 0;
  const add = (piece: Uint8Array): void => {
    pieces.push(piece);
    size += piece.length;
  };
  const skim = (start: number, end: number, level: Level): void => {
    // Comes last: of a field that is there twice the last counts, and some programs write out that data are not elsewhere.
    const elsewhere: Uint8Array[] = [];
    /** Where that begins which has been passed and not been added. */
    let from = start;
    for (const { number, wire: type, start: at, content, end: next } of wire.fields(start, end)) {
      const inside = type === DELIMITED ? INSIDE[level][number] : undefined;
      const length = next - content;
      // In what is small there are no large weights.
      const isLarge = type === DELIMITED && length > LARGE;
      const isWeights = level === 'tensor' && number === RAW_DATA;
      if (!isLarge || (inside === undefined && !isWeights)) {
        wire.assertRoom(next - from);
        continue;
      }
      if (at > from) add(wire.bytes(from, at));
      from = next;
      if (inside === undefined) {
        elsewhere.push(externalData(content, length));
        continue;
      }
      // How long it is without weights is known afterwards.
      const head = pieces.push(new Uint8Array(0)) - 1;
      const before = size;
      skim(content, next, inside);
      pieces[head] = new protobuf.Writer()
        .uint32(tag(number))
        .uint32(size - before)
        .finish();
      size += pieces[head].length;
    }
    if (end > from) add(wire.bytes(from, end));
    for (const piece of elsewhere) add(piece);
  };
  skim(0, wire.size, 'model');
  return pieces;
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
