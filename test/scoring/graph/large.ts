import { truncate, writeFile } from 'node:fs/promises';
import protobuf from 'protobufjs/minimal';
import { encodeModel, tag } from '../../../src/scoring/graph/encode';
import { decodeModel, fieldsOf, type Model } from '../../../src/scoring/graph/proto';

/** Bytes of which no copy is made. */
export const LARGER_THAN_KEPT = 80 << 20;

/** As a file is left by a copy that was cut off, on many systems: of its size, and nothing in it. */
export async function writeZeros(path: string, size: number): Promise<void> {
  await writeFile(path, '');
  await truncate(path, size);
}

/**
 * A model whose graph has one more field, which ends with so many zeros.
 * @param head of that field, with what is in it before the zeros
 */
export async function writeWithZeros(
  path: string,
  model: Model,
  head: Uint8Array,
  size: number,
): Promise<void> {
  const [graph] = [...fieldsOf(encodeModel({ ...model, rest: [] }))];
  const body = graph!.reader.bytes();
  const begin = headOf(7, body.length + head.length + size);
  const whole = Buffer.concat([...model.rest, begin, body, head]);
  await writeFile(path, whole);
  await truncate(path, whole.length + size);
}

/** Tag and length of a field. */
export function headOf(number: number, length: number): Uint8Array {
  return new protobuf.Writer().uint32(tag(number)).uint32(length).finish();
}

/** The same model with the numbers of its float32 weights in `float_data`, as some programs write them. */
export function withFloatData(bytes: Uint8Array): Model {
  const model = decodeModel(bytes);
  const initializers = model.graph.initializers.map((tensor) => {
    const fields = [...fieldsOf(tensor.bytes)];
    if (!fields.some(({ number, whole }) => number === 2 && whole[1] === 1)) return tensor;
    // float_data, packed: little-endian float32, as in raw_data.
    const changed = fields.map(({ number, whole, reader }) =>
      number === 9 ? new protobuf.Writer().uint32(tag(4)).bytes(reader.bytes()).finish() : whole,
    );
    return { ...tensor, bytes: Buffer.concat(changed) };
  });
  return { ...model, graph: { ...model.graph, initializers } };
}
