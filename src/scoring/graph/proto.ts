import protobuf from 'protobufjs/minimal';

/**
 * A model as far as rewriting needs it (onnx.proto, IR versions 3 and up). What is not looked into is kept as it
 * stands in the file, so that nothing that this program does not know gets lost.
 */
export interface Model {
  readonly graph: Graph;
  /** Version of the standard operators. */
  readonly opset: number;
  /** All other fields. */
  readonly rest: readonly Uint8Array[];
}

export interface Graph {
  readonly nodes: readonly Node[];
  readonly initializers: readonly Tensor[];
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** Shapes and types that the exporter noted for names in between. */
  readonly notes: readonly Value[];
  readonly rest: readonly Uint8Array[];
}

export interface Node {
  readonly op: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
  /** Name, documentation and what else there is. */
  readonly rest: readonly Uint8Array[];
}

export interface Attribute {
  readonly int: number | undefined;
  readonly ints: readonly number[];
  readonly tensor: Tensor | undefined;
  readonly graph: Graph | undefined;
  /** The whole AttributeProto. */
  readonly bytes: Uint8Array;
}

export interface Tensor {
  readonly name: string;
  readonly dims: readonly number[];
  /** The whole TensorProto. */
  readonly bytes: Uint8Array;
}

/** A graph's input or output. */
export interface Value {
  readonly name: string;
  /** TensorProto.DataType; undefined for what is no tensor. */
  readonly type: number | undefined;
  /** Undefined where nothing is said of it. */
  readonly shape: readonly (number | string)[] | undefined;
  /** The whole ValueInfoProto. */
  readonly bytes: Uint8Array;
}

/** Wire type of texts, bytes and messages. */
export const DELIMITED = 2;
/** TensorProto.DataType */
const INT64 = 7;

/** One field of a message. */
export interface Field {
  readonly number: number;
  /** Tag and content, as they stand in the message. */
  readonly whole: Uint8Array;
  /** A reader that stands before the content. */
  readonly reader: protobuf.Reader;
  readonly wire: number;
}

/** The fields of a message, in order. */
export function* fieldsOf(message: Uint8Array): Generator<Field> {
  const reader = new protobuf.Reader(message);
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const tag = reader.uint32();
    const content = reader.pos;
    reader.skipType(tag & 7);
    const inner = new protobuf.Reader(message);
    inner.pos = content;
    yield { number: tag >>> 3, wire: tag & 7, whole: message.subarray(start, reader.pos), reader: inner };
  }
}

/** @throws Error for what is no ModelProto */
export function decodeModel(bytes: Uint8Array): Model {
  const rest: Uint8Array[] = [];
  let graph: Graph | undefined;
  let opset = 0;
  for (const { number, whole, reader } of fieldsOf(bytes)) {
    if (number === 7) graph = decodeGraph(reader.bytes());
    else rest.push(whole);
    if (number === 8) opset = Math.max(opset, standardOpset(whole));
  }
  if (graph === undefined) throw new Error('there is no graph in it');
  return { graph, opset, rest };
}

/** Of an OperatorSetIdProto in its field; 0 for other domains. */
function standardOpset(field: Uint8Array): number {
  const outer = new protobuf.Reader(field);
  outer.uint32();
  let domain = '';
  let version = 0;
  for (const { number, reader } of fieldsOf(outer.bytes())) {
    if (number === 1) domain = reader.string();
    if (number === 2) version = Number(reader.int64());
  }
  return domain === '' || domain === 'ai.onnx' ? version : 0;
}

function decodeGraph(bytes: Uint8Array): Graph {
  const nodes: Node[] = [];
  const initializers: Tensor[] = [];
  const inputs: Value[] = [];
  const outputs: Value[] = [];
  const notes: Value[] = [];
  const rest: Uint8Array[] = [];
  for (const { number, whole, reader } of fieldsOf(bytes)) {
    if (number === 1) nodes.push(decodeNode(reader.bytes()));
    else if (number === 5) initializers.push(decodeTensor(reader.bytes()));
    else if (number === 11) inputs.push(decodeValue(reader.bytes()));
    else if (number === 12) outputs.push(decodeValue(reader.bytes()));
    else if (number === 13) notes.push(decodeValue(reader.bytes()));
    else rest.push(whole);
  }
  return { nodes, initializers, inputs, outputs, notes, rest };
}

function decodeNode(bytes: Uint8Array): Node {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, Attribute>();
  const rest: Uint8Array[] = [];
  let op = '';
  let domain = '';
  for (const { number, whole, reader } of fieldsOf(bytes)) {
    if (number === 1) inputs.push(reader.string());
    else if (number === 2) outputs.push(reader.string());
    else if (number === 4) op = reader.string();
    else if (number === 7) domain = reader.string();
    else if (number === 5) {
      const { name, attribute } = decodeAttribute(reader.bytes());
      attributes.set(name, attribute);
    } else rest.push(whole);
  }
  return { op, domain: domain === 'ai.onnx' ? '' : domain, inputs, outputs, attributes, rest };
}

function decodeAttribute(bytes: Uint8Array): { name: string; attribute: Attribute } {
  let name = '';
  let int: number | undefined;
  let tensor: Tensor | undefined;
  let graph: Graph | undefined;
  const ints: number[] = [];
  for (const { number, wire, reader } of fieldsOf(bytes)) {
    if (number === 1) name = reader.string();
    else if (number === 3) int = Number(reader.int64());
    else if (number === 5) tensor = decodeTensor(reader.bytes());
    else if (number === 6) graph = decodeGraph(reader.bytes());
    else if (number === 8) ints.push(...integers(reader, wire));
  }
  return { name, attribute: { int, ints, tensor, graph, bytes } };
}

function decodeTensor(bytes: Uint8Array): Tensor {
  const dims: number[] = [];
  let name = '';
  for (const { number, wire, reader } of fieldsOf(bytes)) {
    if (number === 1) dims.push(...integers(reader, wire));
    else if (number === 8) name = reader.string();
  }
  return { name, dims, bytes };
}

/** TensorProto.DataType of a tensor's numbers. */
export function elementType({ bytes }: Tensor): number {
  for (const { number, reader } of fieldsOf(bytes)) if (number === 2) return reader.int32();
  return 0;
}

/** The values of a tensor of int64 that has them in it. */
export function int64s({ bytes }: Tensor): number[] {
  const values: number[] = [];
  let type = 0;
  for (const { number, wire, reader } of fieldsOf(bytes)) {
    if (number === 2) type = reader.int32();
    else if (number === 7) values.push(...integers(reader, wire));
    else if (number === 9) {
      const raw = reader.bytes();
      const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
      for (let at = 0; at + 8 <= raw.length; at += 8) values.push(Number(view.getBigInt64(at, true)));
    }
  }
  return type === INT64 ? values : [];
}

/** Repeated int64, packed or not. */
function integers(reader: protobuf.Reader, wire: number): number[] {
  if (wire !== DELIMITED) return [Number(reader.int64())];
  const packed = new protobuf.Reader(reader.bytes());
  const found: number[] = [];
  while (packed.pos < packed.len) found.push(Number(packed.int64()));
  return found;
}

function decodeValue(bytes: Uint8Array): Value {
  let name = '';
  let type: number | undefined;
  let shape: (number | string)[] | undefined;
  for (const { number, reader } of fieldsOf(bytes)) {
    if (number === 1) name = reader.string();
    else if (number === 2) ({ type, shape } = decodeType(reader.bytes()));
  }
  return { name, type, shape, bytes };
}

/** TypeProto: of a tensor, its element type and shape. */
function decodeType(bytes: Uint8Array): { type: number | undefined; shape: (number | string)[] | undefined } {
  let type: number | undefined;
  let shape: (number | string)[] | undefined;
  for (const outer of fieldsOf(bytes)) {
    if (outer.number !== 1) continue;
    for (const { number, reader } of fieldsOf(outer.reader.bytes())) {
      if (number === 1) type = reader.int32();
      else if (number === 2) shape = [...fieldsOf(reader.bytes())].map((field) => dimension(field));
    }
  }
  return { type, shape };
}

function dimension(field: Field): number | string {
  for (const { number, reader } of fieldsOf(field.reader.bytes())) {
    if (number === 1) return Number(reader.int64());
    if (number === 2) return reader.string();
  }
  return '';
}
