// @ts-check
/** How long ONNX Runtime's own MatMul takes for the arithmetic that scoring cannot do without. */
import { setTimeout } from 'node:timers/promises';
import { Tensor } from 'onnxruntime-node';
import { library } from './library.mjs';
import { modelOf, SHAPE, tensors, weights } from './model.mjs';
import { checkpoints } from './places.mjs';

/**
 * @typedef {import('./texts.mjs').Text} Text
 * @typedef {{ wall: number, cpu: number }} Seconds
 * @typedef {{ name: string, inputs: Record<string, number[]>, weights: string[], operations: number }} Work
 *   one kind of product at the shapes of a batch, in all layers; operations: of all texts
 */

/**
 * Milliseconds. ONNX Runtime's threads wait busily for a while for more to do, in the way of another session's: after
 * 5 ms products take half as long again as after 200.
 */
export const PAUSE = 200;
/** Of each product without a pause, after one that is not counted. */
const ROUNDS = 8;
const { layers, width, heads, vocabulary } = SHAPE;

/**
 * Each kind of product at the shapes of a batch, with the weights of all layers in turn, as they are in a decoder.
 * @param {readonly Text[]} texts
 * @param {number} tokens of a batch
 * @returns {Promise<{ operations: number, seconds: () => Promise<Seconds>, release: () => Promise<void> }>}
 *   seconds: runs each some times, and tells how long all of the texts would take one thread at that rate
 */
export async function openProducts(texts, tokens) {
  const work = necessary(texts, tokens);
  const products = await Promise.all(work.map(open));
  return {
    operations: work.reduce((total, { operations }) => total + operations, 0),
    async seconds() {
      const total = { wall: 0, cpu: 0 };
      for (const { run, times } of products) {
        await setTimeout(PAUSE);
        await run();
        const took = stopwatch();
        for (let round = 0; round < ROUNDS; round++) await run();
        const { wall, cpu } = took();
        total.wall += (times * wall) / ROUNDS;
        total.cpu += (times * cpu) / ROUNDS;
      }
      return total;
    },
    release: async () => {
      for (const { release } of products) await release();
    },
  };
}

/** Starts. @returns {() => Seconds} since then */
export function stopwatch() {
  const [cpu, start] = [process.cpuUsage(), performance.now()];
  return () => {
    const wall = (performance.now() - start) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    return { wall, cpu: (user + system) / 1e6 };
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
      // Other ones in each layer: ONNX Runtime would take a product of the same two once for all.
      inputs: Object.fromEntries(
        Array.from({ length: layers }, (_, i) => [
          [`x.${i}`, [rows, heads, length, width / heads]],
          [`y.${i}`, [rows, heads, width / heads, length]],
        ]).flat(),
      ),
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

/** @param {Work} work */
async function open({ name, inputs, weights: names, operations }) {
  const { node, value, loadBytes, TYPES } = await library();
  const nodes =
    name === 'vocabulary'
      ? [node('Transpose', ['wte'], 'turned', { perm: [1, 0] }), node('MatMul', ['x', 'turned'], 'product.0')]
      : names.length > 0
        ? names.map((weight, i) => node('MatMul', ['x', weight], `product.${i}`))
        : Array.from({ length: layers }, (_, i) => [
            node('MatMul', [`x.${i}`, `y.${i}`], `product.${i}`),
            node('MatMul', [`product.${i}`, `x.${i}`], `product.${i + layers}`),
          ]).flat();
  // Of each product a little is looked at, as soon as it is there, so that the next takes its memory, as in a decoder.
  const looked = nodes.flatMap((one) => {
    const [product = ''] = one.outputs;
    return product.startsWith('product')
      ? [one, node('Gather', [product, 'first'], `look.${product}`)]
      : [one];
  });
  const looks = looked.flatMap(({ outputs }) => outputs).filter((output) => output.startsWith('look'));
  const dims = (Object.values(inputs)[0] ?? []).slice(1).map((_, i) => `d${i}`);
  const bytes = await modelOf({
    nodes: looked,
    initializers: tensors(weights()).filter((tensor) => names.includes(tensor.name)),
    inputs: [
      value('first', TYPES.int64, []),
      ...Object.entries(inputs).map(([input, shape]) => value(input, TYPES.float32, shape)),
    ],
    outputs: looks.map((look) => value(look, TYPES.float32, dims)),
  });
  const session = await loadBytes(bytes, checkpoints, { threads: 1 });
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
  feeds['first'] = new Tensor('int64', [0n], []);
  const run = () => session.run(feeds, ['look.product.0']);
  return { run, times: operations / operationsOf(inputs, names), release: () => session.release() };
}

/**
 * Of one run.
 * @param {Work['inputs']} inputs
 * @param {readonly string[]} names
 */
function operationsOf(inputs, names) {
  const [x = []] = Object.values(inputs);
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
