import protobuf from 'protobufjs/minimal';
import { DELIMITED, type Model, type Node } from './proto';

/** The ModelProto of what was decoded, or of a changed one. */
export function encodeModel({ graph, rest }: Model): Uint8Array {
  const inner = new protobuf.Writer();
  for (const node of graph.nodes) inner.uint32(tag(1)).bytes(encodeNode(node));
  for (const { bytes } of graph.initializers) inner.uint32(tag(5)).bytes(bytes);
  for (const { bytes } of graph.inputs) inner.uint32(tag(11)).bytes(bytes);
  for (const { bytes } of graph.outputs) inner.uint32(tag(12)).bytes(bytes);
  for (const { bytes } of graph.notes) inner.uint32(tag(13)).bytes(bytes);
  const body = Buffer.concat([inner.finish(), ...graph.rest]);
  return Buffer.concat([...rest, new protobuf.Writer().uint32(tag(7)).bytes(body).finish()]);
}

function encodeNode({ op, domain, inputs, outputs, attributes, rest }: Node): Uint8Array {
  const writer = new protobuf.Writer();
  for (const name of inputs) writer.uint32(tag(1)).string(name);
  for (const name of outputs) writer.uint32(tag(2)).string(name);
  writer.uint32(tag(4)).string(op);
  for (const { bytes } of attributes.values()) writer.uint32(tag(5)).bytes(bytes);
  if (domain !== '') writer.uint32(tag(7)).string(domain);
  return Buffer.concat([writer.finish(), ...rest]);
}

/** Of a length-delimited field. */
export function tag(number: number): number {
  return (number << 3) | DELIMITED;
}
