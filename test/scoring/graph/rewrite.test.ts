import fc from 'fast-check';
import { copyFile, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import protobuf from 'protobufjs/minimal';
import { beforeAll, describe, expect, it } from 'vitest';
import { constant, node, TYPES, value } from '../../../src/scoring/graph/build';
import { gatherPositions } from '../../../src/scoring/graph/gather';
import { encodeModel, tag } from '../../../src/scoring/graph/encode';
import { externalDataFiles } from '../../../src/scoring/graph/externalData';
import { decodeModel, type Model } from '../../../src/scoring/graph/proto';
import { GATHERED } from '../../../src/scoring/graph/questions';
import { rewriteModel, type Rewritten } from '../../../src/scoring/graph/rewrite';
import { OWN_FILE, readSkeleton } from '../../../src/scoring/graph/skeleton';
import { openSession } from '../../../src/scoring/session/session';
import { FIXTURES, temporaryFolder } from '../helpers';
import { graphPath } from './graphs';
import { headOf, LARGER_THAN_KEPT, withFloatData, writeWithZeros } from './large';

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});

const torch = (name: string): string => join(FIXTURES, name, 'model.onnx');

function rewritten(model: string): Rewritten {
  const { rewritten: found } = rewriteModel(model);
  if (typeof found === 'string') throw new Error(found);
  return found;
}

async function modelOf(path: string): Promise<Model> {
  return decodeModel(await readFile(path));
}

/** The logits that a session gives at one place of one text, as far as they are told. */
async function answerOf(model: string) {
  const session = await openSession(model, { threads: 1 });
  const [answer] = await session.ask([[5, 6, 7]], [{ row: 0, place: 2, id: 3 }]);
  await session.release();
  return { path: session.path, why: session.why, answer };
}

describe('a model file', () => {
  it('comes back from its parts as it was', async () => {
    const model = await modelOf(torch('plain'));
    const again = decodeModel(encodeModel(model));
    expect(again).toEqual(model);
  });

  it('is read without its large weights, which are found in it', async () => {
    const { size } = await stat(torch('plain'));
    const { graph } = decodeModel(readSkeleton(torch('plain')));
    const whole = (await modelOf(torch('plain'))).graph;
    expect(graph.initializers.map(({ name, dims }) => [name, dims])).toEqual(
      whole.initializers.map(({ name, dims }) => [name, dims]),
    );
    // Embeddings of 325 × 16 float32 are the only large ones.
    expect(size - readSkeleton(torch('plain')).length).toBeGreaterThan(325 * 16 * 4 - 200);
    expect(rewritten(torch('plain')).bytes.length).toBeLessThan(size - 325 * 16 * 4 + 5000);
    expect(OWN_FILE).toBe('');
  });

  it('is rewritten where it says of its weights that they are in it, as one does that was loaded and saved', async () => {
    const model = await modelOf(torch('plain'));
    const said = Uint8Array.of(14 << 3, 0);
    const initializers = model.graph.initializers.map((tensor) => ({
      ...tensor,
      bytes: Buffer.concat([tensor.bytes, said]),
    }));
    const path = join(folder, 'saved.onnx');
    await writeFile(path, encodeModel({ ...model, graph: { ...model.graph, initializers } }));
    const found = await answerOf(path);
    expect(found).toEqual(await answerOf(torch('plain')));
    expect(found.path).toBe('gathered');
  });

  it('is never rewritten into something else than a model, whatever is in it', async () => {
    const whole = await readFile(graphPath('gemm-bias'));
    const model = join(folder, 'damaged.onnx');
    await fc.assert(
      fc.asyncProperty(
        fc.nat(whole.length),
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 5 }),
        async (length, changes) => {
          const bytes = Buffer.from(whole);
          for (const [place, byte] of changes) bytes[place] = byte;
          await writeFile(model, bytes.subarray(0, length));
          const outcome = rewriteModel(model).rewritten;
          if (typeof outcome !== 'string') expect(decodeModel(outcome.bytes).graph.nodes).not.toEqual([]);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('a rewritten graph', () => {
  it('does not make what nobody asked for', async () => {
    const { graph } = decodeModel(rewritten(graphPath('past')).bytes);
    const made = graph.nodes.flatMap(({ outputs }) => outputs);
    const before = (await modelOf(graphPath('past'))).graph.nodes.flatMap(({ outputs }) => outputs);
    expect(before).toContain('present.0.key');
    expect(made.filter((name) => name.startsWith('present'))).toEqual([]);
    expect(graph.outputs.map(({ name }) => name)).not.toContain('logits');
  });

  it('does the last layer only where something is asked', () => {
    const { graph } = decodeModel(rewritten(torch('plain')).bytes);
    const first = graph.nodes.findIndex(
      ({ op, outputs }) => op === 'Gather' && outputs[0]!.startsWith('knowledge'),
    );
    const products = (nodes: typeof graph.nodes): number =>
      nodes.filter(({ op }) => op.endsWith('MatMul')).length;
    // What attention gives, and what that is added to.
    expect(graph.nodes.find(({ outputs }) => outputs[0] === GATHERED.states)!.inputs).toHaveLength(2);
    // Each of the two layers has six products, of which the last three come after attention; and there is the head.
    expect(products(graph.nodes.slice(0, first))).toBe(9);
    expect(products(graph.nodes.slice(first))).toBe(4);
  });

  it('does so too where products are of tokens in one row, whose shape was made of what is left out', () => {
    const { graph } = decodeModel(rewritten(graphPath('conv1d')).bytes);
    const first = graph.nodes.findIndex(({ outputs }) => outputs[0]!.startsWith('knowledge'));
    const ops = (nodes: typeof graph.nodes): string[] =>
      nodes.map(({ op }) => op).filter((op) => ['Gemm', 'MatMul', 'Tanh', 'Slice'].includes(op));
    expect(ops(graph.nodes.slice(0, first))).toEqual([]);
    expect(ops(graph.nodes.slice(first))).toEqual(['MatMul', 'Tanh', 'Gemm', 'Tanh', 'Gemm', 'MatMul']);
  });

  it('does at all positions what reshapes them into something else', () => {
    const { graph } = decodeModel(rewritten(graphPath('grouped')).bytes);
    const first = graph.nodes.findIndex(({ outputs }) => outputs[0]!.startsWith('knowledge'));
    expect(graph.nodes.findIndex(({ op }) => op === 'Gemm')).toBeLessThan(first);
  });

  it('needs operators that older models do not have', async () => {
    const model = await modelOf(graphPath('matmul'));
    const logits = model.graph.outputs[0]!;
    expect(gatherPositions({ ...model, opset: 10 }, logits)).toMatch(/opset 10 is older than 11/);
    expect(gatherPositions(model, logits)).toMatchObject({ vocabulary: 40 });
  });

  it('is not rewritten again', () => {
    const model = decodeModel(rewritten(graphPath('matmul')).bytes);
    const logits = { ...model.graph.outputs[0]!, name: 'matmul_24_0', shape: ['b', 'l', 40] };
    expect(typeof gatherPositions(model, logits)).toBe('string');
  });

  it('may go round in a circle: it is run as it is, and ONNX Runtime says what is wrong', async () => {
    const model = await modelOf(graphPath('matmul'));
    const circle = [node('Identity', ['b'], 'a'), node('Identity', ['a'], 'b')];
    const outputs = [value('a', TYPES.float32, ['batch', 'length', 40])];
    const path = join(folder, 'circle.onnx');
    await writeFile(path, encodeModel({ ...model, graph: { ...model.graph, nodes: circle, outputs } }));
    expect(rewriteModel(path).rewritten).toMatch(/no result of its own nodes/);
    await expect(openSession(path, { threads: 1 })).rejects.toMatchObject({
      failure: { code: 'model-unreadable' },
    });
  });

  it('has its weights wherever links lead', async () => {
    const home = await temporaryFolder();
    await mkdir(join(home, 'blobs'));
    await mkdir(join(home, 'snapshot'));
    for (const name of ['model.onnx', 'model.onnx_data']) {
      await copyFile(join(FIXTURES, 'external', name), join(home, 'blobs', `blob-${name.length}`));
      await symlink(join('..', 'blobs', `blob-${name.length}`), join(home, 'snapshot', name));
    }
    const found = rewritten(join(home, 'snapshot', 'model.onnx'));
    expect(basename(found.folder)).toBe('blobs');
    const linked = await answerOf(join(home, 'snapshot', 'model.onnx'));
    expect(linked).toEqual({ ...(await answerOf(torch('plain'))), path: 'gathered' });
  });

  it('has its weights in one folder, though not the model’s own', async () => {
    const home = await temporaryFolder();
    await mkdir(join(home, 'data'));
    await copyFile(join(FIXTURES, 'external', 'model.onnx_data'), join(home, 'data', 'weights'));
    await copyFile(torch('external'), join(home, 'model.onnx'));
    await symlink(join('data', 'weights'), join(home, 'model.onnx_data'));
    expect(rewritten(join(home, 'model.onnx')).folder).toBe(join(home, 'data'));
    expect(await answerOf(join(home, 'model.onnx'))).toEqual(await answerOf(torch('external')));
  });
});

describe('a graph that is run as it is', () => {
  it('says why', async () => {
    const model = await modelOf(torch('plain'));
    const relu = node('Relu', ['logits'], 'relu');
    const outputs = [value('relu', TYPES.float32, ['batch', 'length', 325])];
    const path = join(folder, 'relu.onnx');
    await writeFile(
      path,
      encodeModel({ ...model, graph: { ...model.graph, nodes: [...model.graph.nodes, relu], outputs } }),
    );
    const { path: way, why } = await answerOf(path);
    expect(way).toBe('plain');
    expect(why).toBe('its logits come from a node of the kind Relu');
  });
});

describe('what is large and no raw data', () => {
  /** Of a graph's one more field: tag and length, and what is in it before the zeros. */
  const float = (count: number): Uint8Array => {
    // TensorProto: fields 1 dims, 2 data_type, 8 name, 4 float_data.
    const tensor = new protobuf.Writer().uint32(8).int64(count).uint32(16).int32(TYPES.float32);
    tensor.uint32(tag(8)).string('unused');
    const before = Buffer.concat([tensor.finish(), headOf(4, 4 * count)]);
    return Buffer.concat([headOf(5, before.length + 4 * count), before]);
  };
  it.each([
    ['weights in float_data', float(LARGER_THAN_KEPT / 4)],
    ['a field that nobody knows', headOf(999, LARGER_THAN_KEPT)],
  ])('is not copied, and the graph is scored as it is: %s', async (name, head) => {
    const path = join(folder, `${name}.onnx`);
    await writeWithZeros(path, await modelOf(torch('plain')), head, LARGER_THAN_KEPT);
    expect(() => readSkeleton(path)).toThrow(/besides its weights/);
    expect(await externalDataFiles(path)).toEqual([]);
    const found = await answerOf(path);
    expect(found).toMatchObject({
      path: 'plain',
      why: expect.stringContaining('besides its weights') as string,
    });
    const { answer } = await answerOf(torch('plain'));
    expect(found.answer!.logprob).toBeCloseTo(answer!.logprob, 5);
  });

  it('is read with the graph where it is not too large', async () => {
    const path = join(folder, 'float-data.onnx');
    await writeFile(path, encodeModel(withFloatData(await readFile(torch('plain')))));
    const found = await answerOf(path);
    expect(found).toEqual(await answerOf(torch('plain')));
    expect(found.path).toBe('gathered');
  });
});

it('a graph of 100,000 nodes is rewritten', async () => {
  const model = await modelOf(torch('plain'));
  const count = 100_000;
  const name = (i: number): string => `/model/layers.${i}/mlp/experts.${i % 128}/act_fn/Transpose_output_0`;
  const more = Array.from({ length: count }, (_, i) =>
    node('Transpose', [i === 0 ? 'logits' : name(i - 1)], name(i), { perm: [0, 1, 2], other: 1 }),
  );
  const notes = more.map(({ outputs }) => value(outputs[0]!, TYPES.float32, ['batch', 'length', 325]));
  const shapes = more.map((_, i) => constant(`shape.${i}`, [1, 2, 3]).attributes.get('value')!.tensor!);
  const graph = {
    ...model.graph,
    nodes: [...model.graph.nodes, ...more],
    notes: [...model.graph.notes, ...notes],
    initializers: [...model.graph.initializers, ...shapes.map((tensor) => ({ ...tensor, name: 'x' }))],
  };
  const path = join(folder, 'many.onnx');
  await writeFile(path, encodeModel({ ...model, graph }));
  expect(await externalDataFiles(path)).toEqual([]);
  expect(rewritten(path).vocabulary).toBe(325);
});
