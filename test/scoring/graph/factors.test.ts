import { InferenceSession, Tensor as Values } from 'onnxruntime-node';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import protobuf from 'protobufjs/minimal';
import { describe, expect, it } from 'vitest';
import { node, TYPES, value } from '../../../src/scoring/graph/build';
import { encodeModel, tag } from '../../../src/scoring/graph/encode';
import { withFactorsUnturned } from '../../../src/scoring/graph/factors';
import { decodeModel, type Model, type Node, type Tensor } from '../../../src/scoring/graph/proto';
import { rewriteModel } from '../../../src/scoring/graph/rewrite';
import { FIXTURES } from '../helpers';

const SIZES = { batch: 2, length: 5, heads: 3, size: 4 };

/** Queries times turned keys, as exported. */
const product = [
  node('Transpose', ['queries'], 'q', { perm: [0, 2, 1, 3] }),
  node('Transpose', ['keys'], 'turned', { perm: [0, 2, 3, 1] }),
  node('MatMul', ['q', 'turned'], 'scores'),
];

/** A model of those nodes; the rest of it is a real one's. */
async function modelOf(nodes: readonly Node[], outputs: readonly string[]): Promise<Model> {
  const { opset, rest, graph } = decodeModel(await readFile(join(FIXTURES, 'plain', 'model.onnx')));
  const shape = ['batch', 'length', SIZES.heads, SIZES.size];
  return {
    opset,
    rest,
    graph: {
      ...graph,
      nodes,
      initializers: [],
      notes: [],
      inputs: [value('queries', TYPES.float32, shape), value('keys', TYPES.float32, shape)],
      outputs: outputs.map((name) => value(name, TYPES.float32, ['a', 'b', 'c', 'd'])),
    },
  };
}

/** TensorProto: fields 2 data_type, 1 dims, 8 name, 9 raw_data. */
function tensor(type: number, name: string, dims: readonly number[], raw: ArrayBuffer): Tensor {
  const writer = new protobuf.Writer().uint32(2 << 3).int32(type);
  for (const size of dims) writer.uint32(1 << 3).int64(size);
  writer.uint32(tag(8)).string(name);
  return { name, dims, bytes: writer.uint32(tag(9)).bytes(new Uint8Array(raw)).finish() };
}
const floats = (name: string, dims: readonly number[], values: Float32Array<ArrayBuffer>): Tensor =>
  tensor(TYPES.float32, name, dims, values.buffer);
const first = tensor(TYPES.int64, 'first', [], BigInt64Array.of(0n).buffer);

async function run(model: Model): Promise<Record<string, number[]>> {
  const session = await InferenceSession.create(encodeModel(model));
  const dims = Object.values(SIZES);
  const values = (from: number) =>
    new Values(
      'float32',
      Float32Array.from({ length: 2 * 5 * 3 * 4 }, (_, i) => Math.sin(from + i)),
      dims,
    );
  const found = await session.run({ queries: values(1), keys: values(1000) });
  await session.release();
  return Object.fromEntries(
    Object.entries(found).map(([name, { data }]) => [name, Array.from(data as Float32Array)]),
  );
}

const ops = ({ graph }: Model): string[] => graph.nodes.map(({ op }) => op);

function expectAlike(found: Record<string, number[]>, wanted: Record<string, number[]>): void {
  expect(Object.keys(found)).toEqual(Object.keys(wanted));
  for (const [name, numbers] of Object.entries(wanted)) {
    expect(found[name]).toHaveLength(numbers.length);
    for (const [i, number] of numbers.entries()) expect(found[name]![i]).toBeCloseTo(number, 6);
  }
}

describe('an embedding that is the head’s weights', () => {
  const tied = async (op: string): Promise<Model> => {
    const model = await modelOf(
      [
        node('Identity', ['queries'], 'q'),
        node('Transpose', ['weights'], 'turned', { perm: [1, 0] }),
        node(op, ['q', 'turned'], 'scores'),
        node('Gather', ['weights', 'first'], 'embedded'),
      ],
      ['scores'],
    );
    const numbers = Float32Array.from({ length: 7 * SIZES.size }, (_, i) => Math.cos(i));
    return {
      ...model,
      graph: { ...model.graph, initializers: [floats('weights', [7, SIZES.size], numbers), first] },
    };
  };

  it('is multiplied by as it is, with the same results', async () => {
    const model = await tied('MatMul');
    const found = withFactorsUnturned(model);
    expect(ops(found)).toEqual(['Identity', 'FusedMatMul', 'Gather']);
    expectAlike(await run(found), await run(model));
  });

  it('is left where it is not float32, or for another operator', async () => {
    const model = await tied('MatMul');
    const [weights, ...others] = model.graph.initializers;
    const doubles = { ...weights!, bytes: Uint8Array.of(2 << 3, 11, ...weights!.bytes.slice(2)) };
    const other = { ...model, graph: { ...model.graph, initializers: [doubles, ...others] } };
    expect(withFactorsUnturned(other)).toBe(other);
    const sum = await tied('Add');
    expect(withFactorsUnturned(sum)).toBe(sum);
  });
});

describe('keys that are turned for their product with the queries', () => {
  it('are left in order, and the product is the same', async () => {
    const model = await modelOf(product, ['scores']);
    const found = withFactorsUnturned(model);
    expect(ops(found)).toEqual(['Transpose', 'Transpose', 'FusedMatMul']);
    expect(found.graph.nodes[1]!.attributes.get('perm')!.ints).toEqual([0, 2, 1, 3]);
    expectAlike(await run(found), await run(model));
  });

  it('are turned all the same where something else looks at them', async () => {
    const outside = await modelOf(product, ['scores', 'turned']);
    expectAlike(await run(withFactorsUnturned(outside)), await run(outside));
    const inside = await modelOf([...product, node('Neg', ['turned'], 'other')], ['scores', 'other']);
    expectAlike(await run(withFactorsUnturned(inside)), await run(inside));
    expect(ops(withFactorsUnturned(inside)).filter((op) => op === 'Transpose')).toHaveLength(3);
  });

  it('may be the first factor of another product', async () => {
    const both = [...product, node('Transpose', ['queries'], 'turned.q', { perm: [0, 2, 3, 1] })];
    const model = await modelOf([...both, node('MatMul', ['turned.q', 'q'], 'other')], ['scores', 'other']);
    expectAlike(await run(withFactorsUnturned(model)), await run(model));
  });

  it('are none where nothing is turned that way', async () => {
    const [queries, , scores] = product;
    const alike = node('Transpose', ['keys'], 'turned', { perm: [0, 2, 1, 3] });
    const model = await modelOf([queries!, alike, { ...scores!, op: 'Add' }], ['scores']);
    expect(withFactorsUnturned(model)).toBe(model);
  });

  it('are left to providers that do not know the product, as all other factors are', () => {
    const nodesFor = (provider: 'cpu' | 'webgpu'): readonly Node[] => {
      const { rewritten } = rewriteModel(join(FIXTURES, 'plain', 'model.onnx'), { provider });
      if (typeof rewritten === 'string') throw new Error(rewritten);
      return decodeModel(rewritten.bytes).graph.nodes;
    };
    const turned = ({ attributes }: Node): boolean =>
      ['1,0', '0,2,3,1'].includes(attributes.get('perm')?.ints.join() ?? '');
    const fused = ({ op }: Node): boolean => op === 'FusedMatMul';
    expect(nodesFor('cpu').filter(turned)).toEqual([]);
    // Eight layers' weights, the head's, and the keys of two layers.
    expect(nodesFor('cpu').filter(fused)).toHaveLength(11);
    expect(nodesFor('webgpu').filter(turned)).toHaveLength(11);
    expect(nodesFor('webgpu').filter(fused)).toEqual([]);
  });
});
