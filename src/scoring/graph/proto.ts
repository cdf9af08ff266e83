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

/**
 * Bytes of memory that a decoded model may take: of a file with two bytes for each node it would be two hundred times
 * what the file has. Real graphs of 100,000 nodes take half of this.
 */
const MOST_MEMORY = 2 ** 30;
/** What they take, about: a message; a field that is kept as it is; a text or number. */
const MESSAGE = 512;
const KEPT = 128;
const FIELD = 32;

/** What is left of it. */
export interface Memory {
  /** @throws Error where that is less */
  take(bytes: number): void;
}

function memoryOf(most: number): Memory {
  let left = most;
  return {
    take: (bytes) => {
      left -= bytes;
      if (left < 0) throw new Error(`its graph takes more than ${most} bytes of memory`);
    },
  };
}

/**
 * The fields of a message, in order.
 * @throws Error where they are none, or take too much memory
 */
export function* fieldsOf(message: Uint8Array, memory?: Memory): Generator<Field> {
  const reader = new protobuf.Reader(message);
  while (reader.pos < reader.len) {
    memory?.take(FIELD);
    const start = reader.pos;
    const tag = reader.uint32();
    const content = reader.pos;
    reader.skipType(tag & 7, 0, tag >>> 3);
    const inner = new protobuf.Reader(message);
    inner.pos = content;
    yield { number: tag >>> 3, wire: tag & 7, whole: message.subarray(start, reader.pos), reader: inner };
  }
}

/**
 * @param most bytes of memory, about, that it may take
 * @throws Error for what is no ModelProto, or takes more
 */
export function decodeModel(bytes: Uint8Array, most = MOST_MEMORY): Model {
  const memory = memoryOf(most);
  const rest: Uint8Array[] = [];
  let graph: Graph | undefined;
  let opset = 0;
  for (const { number, whole, reader } of fieldsOf(bytes, memory)) {
    if (number === 7) graph = decodeGraph(reader.bytes(), memory);
    else rest.push(kept(whole, memory));
    if (number === 8) opset = Math.max(opset, standardOpset(whole));
  }
  if (graph === undefined) throw new Error('there is no graph in it');
  return { graph, opset, rest };
}

/** @throws Error where there is no memory left for it */
function kept(field: Uint8Array, memory: Memory): Uint8Array {
  memory.take(KEPT);
  return field;
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

function decodeGraph(bytes: Uint8Array, memory: Memory): Graph {
  memory.take(MESSAGE);
  const nodes: Node[] = [];
  const initializers: Tensor[] = [];
  const inputs: Value[] = [];
  const outputs: Value[] = [];
  const notes: Value[] = [];
  const rest: Uint8Array[] = [];
  for (const { number, whole, reader } of fieldsOf(bytes, memory)) {
    if (number === 1) nodes.push(decodeNode(reader.bytes(), memory));
    else if (number === 5) initializers.push(decodeTensor(reader.bytes(), memory));
    else if (number === 11) inputs.push(decodeValue(reader.bytes(), memory));
    else if (number === 12) outputs.push(decodeValue(reader.bytes(), memory));
    else if (number === 13) notes.push(decodeValue(reader.bytes(), memory));
    else rest.push(kept(whole, memory));
  }
  return { nodes, initializers, inputs, outputs, notes, rest };
}

function decodeNode(bytes: Uint8Array, memory: Memory): Node {
  memory.take(MESSAGE);
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, Attribute>();
  const rest: Uint8Array[] = [];
  let op = '';
  let domain = '';
  for (const { number, whole, reader } of fieldsOf(bytes, memory)) {
    if (number === 1) inputs.push(reader.string());
    else if (number === 2) outputs.push(reader.string());
    else if (number === 4) op = reader.string();
    else if (number === 7) domain = reader.string();
    else if (number === 5) {
      const { name, attribute } = decodeAttribute(reader.bytes(), memory);
      attributes.set(name, attribute);
    } else rest.push(kept(whole, memory));
  }
  return { op, domain: domain === 'ai.onnx' ? '' : domain, inputs, outputs, attributes, rest };
}

function decodeAttribute(bytes: Uint8Array, memory: Memory): { name: string; attribute: Attribute } {
  memory.take(MESSAGE);
  let name = '';
  let int: number | undefined;
  let tensor: Tensor | undefined;
  let graph: Graph | undefined;
  const ints: number[] = [];
  for (const { number, wire, reader } of fieldsOf(bytes, memory)) {
    if (number === 1) name = reader.string();
    else if (number === 3) int = Number(reader.int64());
    else if (number === 5) tensor = decodeTensor(reader.bytes(), memory);
    else if (number === 6) graph = decodeGraph(reader.bytes(), memory);
    else if (number === 8) for (const one of integers(reader, wire, memory)) ints.push(one);
  }
  return { name, attribute: { int, ints, tensor, graph, bytes } };
}

function decodeTensor(bytes: Uint8Array, memory: Memory): Tensor {
  memory.take(MESSAGE);
  const dims: number[] = [];
  let name = '';
  for (const { number, wire, reader } of fieldsOf(bytes, memory)) {
    if (number === 1) for (const one of integers(reader, wire, memory)) dims.push(one);
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
    else if (number === 7) for (const one of integers(reader, wire)) values.push(one);
    else if (number === 9) {
      const raw = reader.bytes();
      const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
      for (let at = 0; at + 8 <= raw.length; at += 8) values.push(Number(view.getBigInt64(at, true)));
    }
  }
  return type === INT64 ? values : [];
}

/** Repeated int64, packed or not. */
function* integers(reader: protobuf.Reader, wire: number, memory?: Memory): Generator<number> {
  const packed = wire === DELIMITED ? new protobuf.Reader(reader.bytes()) : undefined;
  if (packed === undefined) yield Number(reader.int64());
  else
    while (packed.pos < packed.len) {
      memory?.take(FIELD);
      yield Number(packed.int64());
    }
}

/** Of a ValueInfoProto. @throws Error for what is none */
export function decodeValue(bytes: Uint8Array, memory: Memory = memoryOf(MOST_MEMORY)): Value {
  memory.take(MESSAGE);
  let name = '';
  let type: number | undefined;
  let shape: Value['shape'];
  for (const { number, reader } of fieldsOf(bytes, memory)) {
    if (number === 1) name = reader.string();
    else if (number === 2) ({ type, shape } = decodeType(reader.bytes(), memory));
  }
  return { name, type, shape, bytes };
}

/** TypeProto: of a tensor, its element type and shape. */
function decodeType(bytes: Uint8Array, memory: Memory): Pick<Value, 'type' | 'shape'> {
  let type: number | undefined;
  let shape: Value['shape'];
  for (const outer of fieldsOf(bytes, memory)) {
    if (outer.number !== 1) continue;
    for (const { number, reader } of fieldsOf(outer.reader.bytes(), memory)) {
      if (number === 1) type = reader.int32();
      else if (number === 2) shape = Array.from(fieldsOf(reader.bytes(), memory), dimension);
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
