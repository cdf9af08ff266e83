import { InferenceSession, Tensor as Values } from 'onnxruntime-node';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import protobuf from 'protobufjs/minimal';
import { beforeAll, describe, expect, it } from 'vitest';
import { withoutAliasing } from '../../../src/scoring/graph/aliasing';
import { constant, node, TYPES, value } from '../../../src/scoring/graph/build';
import { encodeModel, tag } from '../../../src/scoring/graph/encode';
import { withFactorsUnturned } from '../../../src/scoring/graph/factors';
import { decodeModel, type Model, type Node, type Tensor } from '../../../src/scoring/graph/proto';
import { PREFIX } from '../../../src/scoring/graph/questions';
import { rewriteModel } from '../../../src/scoring/graph/rewrite';
import { FIXTURES, temporaryFolder } from '../helpers';

const [LONG, COLUMNS] = [1024, 512];
const INT8 = 3;

let folder: string;
let real: Model;
beforeAll(async () => {
  folder = await temporaryFolder();
  real = decodeModel(await readFile(join(FIXTURES, 'plain', 'model.onnx')));
});

interface Parts {
  readonly initializers: readonly Tensor[];
  readonly outputs: readonly string[];
  /** Of the input `x`. */
  readonly shape?: readonly number[];
}

/** A model of those nodes; the rest of it is a real one's. */
function modelOf(nodes: readonly Node[], { initializers, outputs, shape = [13, LONG] }: Parts): Model {
  const ranks = shape.map((_, i) => `size.${i}`);
  return {
    ...real,
    graph: {
      ...real.graph,
      nodes,
      initializers,
      notes: [],
      inputs: [value('x', TYPES.float32, ranks.with(-1, String(shape.at(-1))))],
      outputs: outputs.map((name) => value(name, TYPES.float32, ranks)),
    },
  };
}

/** TensorProto: fields 2 data_type, 1 dims, 8 name, 9 raw_data. */
function tensor(type: number, name: string, dims: readonly number[], raw: ArrayBufferView): Tensor {
  const writer = new protobuf.Writer().uint32(2 << 3).int32(type);
  for (const size of dims) writer.uint32(1 << 3).int64(size);
  writer.uint32(tag(8)).string(name);
  const bytes = new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength);
  return { name, dims, bytes: writer.uint32(tag(9)).bytes(bytes).finish() };
}

const count = (dims: readonly number[]): number => dims.reduce((all, size) => all * size, 1);
const floats = (name: string, ...dims: number[]): Tensor =>
  tensor(
    TYPES.float32,
    name,
    dims,
    Float32Array.from({ length: count(dims) }, (_, i) => Math.cos(i * i)),
  );
/** From 2 ** -5 to 2 ** -4, of both signs. */
const halves = (name: string, ...dims: number[]): Tensor => {
  const bits = Uint16Array.from({ length: count(dims) }, (_, i) => ((i * 7919) & 0x83ff) | 0x2800);
  return tensor(TYPES.float16, name, dims, bits);
};
const matrix = floats('w', LONG, COLUMNS);

async function run(model: Model, shape: readonly number[] = [13, LONG]): Promise<Record<string, number[]>> {
  const session = await InferenceSession.create(encodeModel(model));
  const numbers = Float32Array.from({ length: count(shape) }, (_, i) => Math.sin(i));
  const found = await session.run({ x: new Values('float32', numbers, shape) });
  await session.release();
  return Object.fromEntries(
    Object.entries(found).map(([name, { data }]) => [name, Array.from(data as Float32Array)]),
  );
}

const ops = ({ graph }: Model): string[] => graph.nodes.map(({ op }) => op);
const made = (model: Model, op: string): Node[] => model.graph.nodes.filter((each) => each.op === op);

/** To the float32 that sums of a thousand products are exact to. */
async function expectAlike(found: Model, wanted: Model, shape?: readonly number[]): Promise<void> {
  const [one, other] = [await run(found, shape), await run(wanted, shape)];
  expect(Object.keys(one)).toEqual(Object.keys(other));
  for (const [name, numbers] of Object.entries(other)) {
    expect(one[name]).toHaveLength(numbers.length);
    const largest = Math.max(...numbers.map(Math.abs));
    expect(largest).toBeGreaterThan(0);
    const off = numbers.map((number, i) => Math.abs(one[name]![i]! - number));
    expect(Math.max(...off) / largest).toBeLessThan(1e-5);
  }
}

describe('a product over a multiple of 1024 numbers', () => {
  it.each([
    ['a text', [LONG]],
    ['rows', [13, LONG]],
    ['batches of rows', [2, 5, LONG]],
    ['no rows', [0, LONG]],
  ])('goes over 16 more and is the same, of %s', async (_, shape) => {
    const model = modelOf([node('MatMul', ['x', 'w'], 'y')], {
      initializers: [matrix],
      outputs: ['y'],
      shape,
    });
    const found = withoutAliasing(model);
    expect(ops(found).filter((op) => op !== 'Constant')).toEqual([
      'Slice',
      'Concat',
      'ConstantOfShape',
      'Concat',
      'MatMul',
    ]);
    expect(found.graph.nodes.at(-1)!.outputs).toEqual(['y']);
    const others = found.graph.nodes.slice(0, -1).flatMap(({ outputs }) => outputs);
    expect(others.filter((name) => !name.startsWith(PREFIX))).toEqual([]);
    if (count(shape) > 0) await expectAlike(found, model, shape);
    else expect(await run(found, shape)).toEqual({ y: [] });
  });

  it('may be a Gemm, with its factor turned or not', async () => {
    const settings = { transB: 1 };
    const model = modelOf(
      [
        node('Gemm', ['x', 'w', 'b'], 'straight'),
        node('Gemm', ['x', 'turned', 'b'], 'other', settings),
        node('Gemm', ['x', 'turned'], 'bare', settings),
      ],
      {
        initializers: [matrix, floats('turned', COLUMNS, LONG), floats('b', COLUMNS)],
        outputs: ['straight', 'other', 'bare'],
      },
    );
    const found = withoutAliasing(model);
    // The input's rows, the factor, and the turned one for both.
    expect(made(found, 'Concat')).toHaveLength(3);
    expect(made(found, 'Gemm').map(({ inputs }) => inputs[2])).toEqual(['b', 'b', undefined]);
    await expectAlike(found, model);
  });

  it('shares what is widened with others, and leaves factors to who else looks at them', async () => {
    const model = modelOf(
      [
        node('Tanh', ['x'], 'h'),
        node('MatMul', ['h', 'w'], 'a'),
        node('MatMul', ['h', 'v'], 'b'),
        node('MatMul', ['x', 'w'], 'c'),
        node('MatMul', ['x', 'turned'], 'narrow'),
        node('Gather', ['w', 'first'], 'row', { axis: 0 }),
        node('Neg', ['h'], 'minus'),
      ],
      {
        initializers: [
          matrix,
          floats('v', LONG, COLUMNS),
          floats('turned', LONG, 8),
          tensor(TYPES.int64, 'first', [1], BigInt64Array.of(3n)),
        ],
        outputs: ['a', 'b', 'c', 'narrow', 'row', 'minus'],
      },
    );
    const found = withoutAliasing(model);
    // h, w, v, x
    expect(made(found, 'Concat')).toHaveLength(4);
    expect(made(found, 'Slice').map(({ inputs }) => inputs[0])).toEqual(['h', 'x']);
    expect(made(found, 'ConstantOfShape')).toHaveLength(1);
    await expectAlike(found, model);
  });

  it('may have a factor that is made of a weight while the model is loaded', async () => {
    const model = modelOf(
      [
        node('Cast', ['half'], 'single', { to: TYPES.float32 }),
        node('Transpose', ['single'], 'turned', { perm: [1, 0] }),
        node('Identity', ['turned'], 'same'),
        node('MatMul', ['x', 'same'], 'y'),
        node('Cast', ['other'], 'straight', { to: TYPES.float32 }),
        node('MatMul', ['x', 'straight'], 'z'),
      ],
      {
        initializers: [halves('half', COLUMNS, LONG), halves('other', LONG, COLUMNS)],
        outputs: ['y', 'z'],
      },
    );
    const found = withoutAliasing(model);
    expect(made(found, 'Concat')).toHaveLength(3);
    await expectAlike(found, model);
  });

  it('is widened once, while the model is loaded', async () => {
    const model = modelOf([node('MatMul', ['x', 'w'], 'y')], { initializers: [matrix], outputs: ['y'] });
    const optimizedModelFilePath = join(folder, 'optimized.onnx');
    const bytes = encodeModel(withoutAliasing(model));
    await (await InferenceSession.create(bytes, { optimizedModelFilePath })).release();
    const loaded = decodeModel(await readFile(optimizedModelFilePath));
    expect(ops(loaded)).toEqual(['Slice', 'Concat', 'MatMul']);
    expect(loaded.graph.initializers.map(({ dims }) => dims)).toContainEqual([LONG + 16, COLUMNS]);
  });
});

describe('a product is left as it is', () => {
  const product = [node('MatMul', ['x', 'w'], 'y')];
  const expectLeft = (nodes: readonly Node[], ...initializers: Tensor[]): void => {
    const model = modelOf(nodes, { initializers, outputs: ['y'] });
    expect(withoutAliasing(model)).toBe(model);
  };

  it('over another number', () => {
    for (const size of [768, 1040, 1536]) expectLeft(product, floats('w', size, COLUMNS));
    expectLeft([node('Gemm', ['x', 'w'], 'y', { transB: 1 })], floats('w', LONG, 768));
  });

  it('with few columns', () => {
    expectLeft(product, floats('w', LONG, COLUMNS - 1));
    expectLeft([node('Gemm', ['x', 'w'], 'y', { transB: 1 })], floats('w', COLUMNS - 1, LONG));
  });

  it('of what is dequantized, for ONNX Runtime to find', () => {
    const quantized = tensor(INT8, 'q', [LONG, COLUMNS], new Int8Array(LONG * COLUMNS));
    const scale = tensor(TYPES.float32, 'scale', [], Float32Array.of(0.01));
    expectLeft([node('DequantizeLinear', ['q', 'scale'], 'w'), ...product], quantized, scale);
    const cast = node('Cast', ['dequantized'], 'w', { to: TYPES.float32 });
    const dequantized = node('DequantizeLinear', ['q', 'scale'], 'dequantized');
    expectLeft([dequantized, cast, ...product], quantized, scale);
  });

  it('of other numbers than float32', () => {
    expectLeft(product, halves('w', LONG, COLUMNS));
    const doubles = node('Cast', ['w'], 'double', { to: 11 });
    expectLeft([doubles, node('MatMul', ['x', 'double'], 'y')], floats('w', LONG, COLUMNS));
  });

  it('with a factor that is not constant, or whose size is not known', () => {
    expectLeft([node('Transpose', ['x'], 'w', { perm: [1, 0] }), ...product]);
    expectLeft([constant('shape', [LONG, COLUMNS]), node('Reshape', ['v', 'shape'], 'w'), ...product], {
      ...matrix,
      name: 'v',
    });
    expectLeft(product, floats('w', 2, LONG, COLUMNS));
    const model = modelOf(product, { initializers: [matrix], outputs: ['y'] });
    const inputs = [...model.graph.inputs, value('w', TYPES.float32, [LONG, COLUMNS])];
    const given = { ...model, graph: { ...model.graph, inputs } };
    expect(withoutAliasing(given)).toBe(given);
  });

  it('of another operator, or with its first factor turned', () => {
    expectLeft([node('Gemm', ['x', 'w'], 'y', { transA: 1 })], matrix);
    expectLeft([node('Add', ['x', 'w'], 'y')], matrix);
    expectLeft([{ ...product[0]!, domain: 'com.example' }], matrix);
  });

  it('with a turned embedding', () => {
    const turned = node('Transpose', ['v'], 'w', { perm: [1, 0] });
    const tied = modelOf([turned, ...product], {
      initializers: [floats('v', COLUMNS, LONG)],
      outputs: ['y'],
    });
    const unturned = withFactorsUnturned(tied);
    expect(ops(unturned)).toEqual(['FusedMatMul']);
    expect(withoutAliasing(unturned)).toBe(unturned);
  });
});

describe('a decoder', () => {
  it('is rewritten so for the CPU only, and for kernels that read many rows', async () => {
    const tokens = 7;
    const model: Model = {
      ...real,
      graph: {
        ...real.graph,
        nodes: [
          node('Gather', ['embedding', 'input_ids'], 'embedded', { axis: 0 }),
          node('MatMul', ['embedded', 'w'], 'hidden'),
          node('MatMul', ['hidden', 'head'], 'logits'),
        ],
        initializers: [floats('embedding', tokens, LONG), matrix, floats('head', COLUMNS, tokens)],
        notes: [],
        inputs: [value('input_ids', TYPES.int64, ['batch', 'length'])],
        outputs: [value('logits', TYPES.float32, ['batch', 'length', tokens])],
      },
    };
    const file = join(folder, 'decoder.onnx');
    await writeFile(file, encodeModel(model));
    const begun = (provider: 'cpu' | 'webgpu'): number => {
      const { rewritten } = rewriteModel(file, { provider });
      if (typeof rewritten === 'string') throw new Error(rewritten);
      return made(decodeModel(rewritten.bytes), 'Slice').length;
    };
    expect(begun('cpu')).toBe(process.arch === 'x64' ? 1 : 0);
    expect(begun('webgpu')).toBe(0);
  });
});
