import protobuf from 'protobufjs/minimal';
import { tag } from './encode';
import type { Attribute, Node, Tensor, Value } from './proto';

/** TensorProto.DataType */
export const TYPES = { float32: 1, int64: 7, float16: 10 } as const;

type Setting = number | readonly number[] | Tensor;

/** A node of the standard operators. */
export function node(
  op: string,
  inputs: readonly string[],
  output: string | readonly string[],
  settings: Readonly<Record<string, Setting>> = {},
): Node {
  const outputs = typeof output === 'string' ? [output] : output;
  const name = new protobuf.Writer().uint32(tag(3)).string(outputs[0]!).finish();
  const attributes = new Map(Object.entries(settings).map(([key, value]) => [key, attribute(key, value)]));
  return { op, domain: '', inputs, outputs, attributes, rest: [name] };
}

/** AttributeProto: fields 3 i, 5 t, 8 ints, 20 type (2 INT, 4 TENSOR, 7 INTS). */
function attribute(name: string, value: Setting): Attribute {
  const writer = new protobuf.Writer().uint32(tag(1)).string(name);
  const none = { int: undefined, ints: [], tensor: undefined, graph: undefined };
  const typed = (type: number): Uint8Array =>
    writer
      .uint32(20 << 3)
      .uint32(type)
      .finish();
  if (typeof value === 'number') {
    writer.uint32(3 << 3).int64(value);
    return { ...none, int: value, bytes: typed(2) };
  }
  if ('bytes' in value) {
    writer.uint32(tag(5)).bytes(value.bytes);
    return { ...none, tensor: value, bytes: typed(4) };
  }
  for (const one of value) writer.uint32(8 << 3).int64(one);
  return { ...none, ints: value, bytes: typed(7) };
}

/** A list of int64 as a node: initializers would have to be inputs too in old versions of the format. */
export function constant(name: string, values: readonly number[]): Node {
  // TensorProto: fields 1 dims, 2 data_type, 7 int64_data.
  const writer = new protobuf.Writer().uint32(1 << 3).int64(values.length);
  writer.uint32(2 << 3).int32(TYPES.int64);
  for (const value of values) writer.uint32(7 << 3).int64(value);
  return node('Constant', [], name, { value: { name: '', dims: [values.length], bytes: writer.finish() } });
}

/** An input or output of a graph. Numbers are sizes, words stand for sizes that are not known beforehand. */
export function value(name: string, type: number, shape: readonly (number | string)[]): Value {
  // ValueInfoProto 1 name, 2 type; TypeProto 1 tensor_type; Tensor 1 elem_type, 2 shape; Dimension 1 value, 2 param.
  const writer = new protobuf.Writer().uint32(tag(1)).string(name);
  writer.uint32(tag(2)).fork().uint32(tag(1)).fork();
  writer.uint32(1 << 3).int32(type);
  writer.uint32(tag(2)).fork();
  for (const size of shape) {
    writer.uint32(tag(1)).fork();
    if (typeof size === 'number') writer.uint32(1 << 3).int64(size);
    else writer.uint32(tag(2)).string(size);
    writer.ldelim();
  }
  return { name, type, shape, bytes: writer.ldelim().ldelim().ldelim().finish() };
}
