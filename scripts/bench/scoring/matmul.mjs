// @ts-check
/** How long ONNX Runtime's own MatMul takes for the arithmetic that scoring cannot do without. */
import { Tensor } from 'onnxruntime-node';
import { library } from './library.mjs';
import { modelOf, SHAPE, tensors, weights } from './model.mjs';
import { checkpoints, THREADS } from './places.mjs';

/**
 * @typedef {import('./texts.mjs').Text} Text
 * @typedef {{ wall: number, cpu: number }} Seconds
 * @typedef {{ name: string, inputs: Record<string, number[]>, weights: string[], operations: number }} Work
 *   one kind of product at the shapes of a batch, in all layers; operations: of all texts
 */

const ROUNDS = 7;
const { layers, width, heads, vocabulary } = SHAPE;

/**
 * Least of several rounds for each kind of product, with the weights of all layers in turn, as they are in a decoder.
 * @param {readonly Text[]} texts
 * @param {number} tokens of a batch
 * @returns {Promise<Seconds & { operations: number, parts: Record<string, Seconds> }>}
 */
export async function matmulSeconds(texts, tokens) {
  const work = necessary(texts, tokens);
  /** @type {Record<string, Seconds>} */
  const parts = {};
  for (const one of work) parts[one.name] = await secondsFor(one);
  /** @param {'wall' | 'cpu'} what */
  const sum = (what) => Object.values(parts).reduce((total, seconds) => total + seconds[what], 0);
  return {
    wall: sum('wall'),
    cpu: sum('cpu'),
    operations: work.reduce((total, { operations }) => total + operations, 0),
    parts,
  };
}

/**
 * All layers at all positions up to the last that is asked of, without padding; of the last layer only keys and values
 * there, and the rest where something is asked; attention to what stands before only; the vocabulary where something
 * is asked.
 * @param {readonly Text[]} texts
 * @param {number} tokens
 * @returns {Work[]}
 */
function necessary(texts, tokens) {
  const lengths = texts.map(({ ids }) => ids.length - 1);
  const asked = texts.map(({ ids, firstTarget }) => ids.length - firstTarget);
  /** @param {readonly number[]} list */
  const sum = (list) => list.reduce((total, one) => total + one, 0);
  const [positions, questions] = [sum(lengths), sum(asked)];
  const looks = sum(
    lengths.map((length, i) => (layers - 1) * pairs(length) + lastPairs(length, asked[i] ?? 0)),
  );
  const most = (layers - 1) * positions + questions;
  const length = Math.round(positions / texts.length);
  const rows = Math.max(1, Math.floor(tokens / length));
  /** @type {(name: string, weight: string, operations: number) => Work} */
  const dense = (name, weight, operations) => ({
    name,
    inputs: { x: [tokens, name === 'down' ? 4 * width : width] },
    weights: Array.from({ length: layers }, (_, i) => `h.${i}.${weight}.weight`),
    operations,
  });
  return [
    dense('qkv', 'attn.c_attn', 2 * width * width * (2 * layers * positions + most)),
    dense('out', 'attn.c_proj', 2 * width * width * most),
    dense('up', 'mlp.c_fc', 8 * width * width * most),
    dense('down', 'mlp.c_proj', 8 * width * width * most),
    {
      name: 'attention',
      inputs: { x: [rows, heads, length, width / heads], y: [rows, heads, width / heads, length] },
      weights: [],
      operations: 4 * width * looks,
    },
    {
      name: 'vocabulary',
      inputs: { x: [Math.max(1, Math.round((questions * tokens) / positions)), width] },
      weights: ['wte'],
      operations: 2 * width * vocabulary * questions,
    },
  ];
}

/** Positions and what each sees. @param {number} length */
function pairs(length) {
  return (length * (length + 1)) / 2;
}

/** @param {number} length @param {number} asked the last ones */
function lastPairs(length, asked) {
  return pairs(length) - pairs(length - asked);
}

/** @param {Work} work @returns {Promise<Seconds>} */
async function secondsFor({ name, inputs, weights: names, operations }) {
  const { node, value, loadBytes, TYPES } = await library();
  const nodes =
    name === 'vocabulary'
      ? [node('Transpose', ['wte'], 'turned', { perm: [1, 0] }), node('MatMul', ['x', 'turned'], 'product.0')]
      : names.length > 0
        ? names.map((weight, i) => node('MatMul', ['x', weight], `product.${i}`))
        : Array.from({ length: layers }, (_, i) => [
            node('MatMul', ['x', 'y'], `product.${i}`),
            node('MatMul', [`product.${i}`, 'x'], `product.${i + layers}`),
          ]).flat();
  const products = nodes.flatMap(({ outputs }) => outputs).filter((output) => output.startsWith('product'));
  const bytes = await modelOf({
    nodes: [...nodes, node('Shape', ['x'], 'done')],
    initializers: tensors(weights()).filter((tensor) => names.includes(tensor.name)),
    inputs: Object.entries(inputs).map(([input, dims]) => value(input, TYPES.float32, dims)),
    // Products that nobody fetches are computed all the same, and not copied.
    outputs: [
      value('done', TYPES.int64, [inputs['x']?.length ?? 0]),
      ...products.map((product) =>
        value(
          product,
          TYPES.float32,
          (inputs['x'] ?? []).map((_, i) => `d${i}`),
        ),
      ),
    ],
  });
  const session = await loadBytes(bytes, checkpoints, { threads: THREADS });
  const feeds = Object.fromEntries(
    Object.entries(inputs).map(([input, dims]) => {
      const size = dims.reduce((product, one) => product * one, 1);
      return [
        input,
        new Tensor(
          'float32',
          Float32Array.from({ length: size }, (_, i) => Math.sin(i)),
          dims,
        ),
      ];
    }),
  );
  const once = operationsOf(inputs, names);
  const least = { wall: Infinity, cpu: Infinity };
  for (let round = 0; round < ROUNDS; round++) {
    const [cpu, start] = [process.cpuUsage(), performance.now()];
    await session.run(feeds, ['done']);
    least.wall = Math.min(least.wall, (performance.now() - start) / 1000);
    const { user, system } = process.cpuUsage(cpu);
    least.cpu = Math.min(least.cpu, (user + system) / 1e6);
  }
  await session.release();
  const times = operations / once;
  return { wall: least.wall * times, cpu: least.cpu * times };
}

/**
 * Of one run.
 * @param {Work['inputs']} inputs
 * @param {readonly string[]} names
 */
function operationsOf({ x = [] }, names) {
  if (names.length === 0) {
    const [rows = 0, each = 0, length = 0, size = 0] = x;
    return layers * 4 * rows * each * length * length * size;
  }
  const dims = weights()
    .filter((weight) => names.includes(weight.name))
    .map(({ dims: own }) => own);
  const [rows = 0] = x;
  return dims.reduce((total, [a = 0, b = 0]) => total + 2 * rows * a * b, 0);
}
