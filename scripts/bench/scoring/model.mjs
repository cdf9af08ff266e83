// @ts-check
/**
 * A GPT-2-small-shaped decoder with random weights, as exporters write it: `input_ids` and `attention_mask` in, the
 * logits of all positions out, its weights in a file beside it.
 */
import { createWriteStream, existsSync, mkdirSync, renameSync, linkSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import path from 'node:path';
import protobuf from 'protobufjs/minimal.js';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { library } from './library.mjs';
import { checkpoint, checkpoints, weightsFile, weightsIndex } from './places.mjs';

export const SHAPE = { layers: 12, width: 768, heads: 12, vocabulary: 50_257, context: 128 };
/** Standard deviation of the weights, as GPT-2's are at first. */
const SPREAD = 0.02;
const OPSET = 17;

/** @typedef {{ name: string, dims: readonly number[], around: number }} Weight random numbers around a mean */

/** @returns {Weight[]} in the order of the file */
export function weights() {
  const { layers, width, vocabulary, context } = SHAPE;
  /** @type {(name: string, ...dims: number[]) => Weight} */
  const random = (name, ...dims) => ({ name, dims, around: 0 });
  /** @type {(name: string) => Weight[]} */
  const norm = (name) => [
    { name: `${name}.weight`, dims: [width], around: 1 },
    random(`${name}.bias`, width),
  ];
  /** @type {(name: string, rows: number, columns: number) => Weight[]} */
  const linear = (name, rows, columns) => [
    random(`${name}.weight`, rows, columns),
    random(`${name}.bias`, columns),
  ];
  return [
    random('wte', vocabulary, width),
    random('wpe', context, width),
    ...Array.from({ length: layers }, (_, i) => [
      ...norm(`h.${i}.ln_1`),
      ...linear(`h.${i}.attn.c_attn`, width, 3 * width),
      ...linear(`h.${i}.attn.c_proj`, width, width),
      ...norm(`h.${i}.ln_2`),
      ...linear(`h.${i}.mlp.c_fc`, width, 4 * width),
      ...linear(`h.${i}.mlp.c_proj`, 4 * width, width),
    ]).flat(),
    ...norm('ln_f'),
  ];
}

/** @param {readonly number[]} dims */
function sizeOf(dims) {
  return dims.reduce((product, size) => product * size, 1);
}

/**
 * Makes checkpoints of the steps 0 to `count` − 1, where they are not there yet: one set of weights, but files of
 * another hash each, so that each has to be scored.
 * @param {number} count
 */
export async function makeCheckpoints(count) {
  mkdirSync(checkpoints, { recursive: true });
  const all = weights();
  if (!existsSync(weightsFile)) await writeWeights(all);
  for (let step = 0; step < count; step++) {
    writeFolder(checkpoint(step), await graph(all, step));
  }
}

/** @param {string} folder @param {Uint8Array} model */
function writeFolder(folder, model) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'model.onnx'), model);
  const data = path.join(folder, path.basename(weightsFile));
  if (!existsSync(data)) linkSync(weightsFile, data);
  const { layers, width, heads, vocabulary, context } = SHAPE;
  const config = {
    model_type: 'gpt2',
    architectures: ['GPT2LMHeadModel'],
    n_layer: layers,
    n_embd: width,
    n_head: heads,
    n_ctx: context,
    n_positions: context,
    vocab_size: vocabulary,
  };
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config));
}

/** @param {readonly Weight[]} all */
async function writeWeights(all) {
  const unfinished = `${weightsFile}.unfinished`;
  const generator = xoroshiro128plus(7);
  const out = createWriteStream(unfinished, { highWaterMark: 1 << 24 });
  /** @type {Record<string, { offset: number, dims: readonly number[] }>} */
  const index = {};
  let offset = 0;
  for (const { name, dims, around } of all) {
    // Numbers of one rectangle around the mean; its standard deviation is SPREAD.
    const values = Float32Array.from(
      { length: sizeOf(dims) },
      () => around + (generator.next() / 2 ** 31) * SPREAD * Math.sqrt(3),
    );
    index[name] = { offset, dims };
    offset += values.byteLength;
    if (!out.write(Buffer.from(values.buffer))) await once(out, 'drain');
  }
  out.end();
  await once(out, 'close');
  writeFileSync(weightsIndex, JSON.stringify(index));
  renameSync(unfinished, weightsFile);
}

/**
 * @param {readonly Weight[]} all
 * @param {number} seed stands in the file and changes nothing
 */
async function graph(all, seed) {
  const { node, constant, value, TYPES } = await library();
  const { layers, width, heads, vocabulary } = SHAPE;
  const size = width / heads;
  /** @type {ReturnType<typeof node>[]} */
  const nodes = [];
  /** @type {(...args: Parameters<typeof node>) => string} */
  const add = (op, inputs, output, settings = {}) => {
    nodes.push(node(op, inputs, output, settings));
    return typeof output === 'string' ? output : (output[0] ?? '');
  };
  /** @type {(name: string, values: number[]) => string} */
  const list = (name, values) => {
    nodes.push(constant(name, values));
    return name;
  };
  /** @type {(input: string, name: string) => string} */
  const linear = (input, name) =>
    add('Add', [add('MatMul', [input, `${name}.weight`], `${name}.product`), `${name}.bias`], `${name}.sum`);
  /** @type {(input: string, name: string) => string} */
  const norm = (input, name) =>
    add('LayerNormalization', [input, `${name}.weight`, `${name}.bias`], `${name}.result`, { axis: -1 });

  list('zero', [0]);
  list('one', [1]);
  list('axes.mask', [1, 2]);
  list('heads', [0, 0, heads, size]);
  list('joined', [0, 0, width]);
  add('Shape', ['input_ids'], 'shape');
  add('Slice', ['shape', 'one', list('two', [2])], 'length.list');
  for (const [name, of] of /** @type {const} */ ([
    ['length', 'length.list'],
    ['start', 'zero'],
    ['stride', 'one'],
  ]))
    add('Squeeze', [of], name);
  add('Range', ['start', 'length', 'stride'], 'places');
  add('Add', [add('Gather', ['wte', 'input_ids'], 'words'), add('Gather', ['wpe', 'places'], 'at')], 'h.0');
  add('Unsqueeze', ['places', 'one'], 'from');
  add('LessOrEqual', ['places', 'from'], 'earlier');
  add('Cast', [add('Unsqueeze', ['attention_mask', 'axes.mask'], 'mask.wide')], 'mask', { to: 9 });
  add('Where', [add('And', ['earlier', 'mask'], 'seen'), 'nothing', 'least'], 'bias');

  for (let i = 0; i < layers; i++) {
    /** @param {string} part */
    const own = (part) => `h.${i}.${part}`;
    const states = linear(norm(own('').slice(0, -1), own('ln_1')), own('attn.c_attn'));
    add('Split', [states], [own('q'), own('k'), own('v')], { axis: -1 });
    for (const [part, perm] of /** @type {const} */ ([
      ['q', [0, 2, 1, 3]],
      ['k', [0, 2, 3, 1]],
      ['v', [0, 2, 1, 3]],
    ])) {
      add('Reshape', [own(part), 'heads'], own(`${part}.heads`));
      add('Transpose', [own(`${part}.heads`)], own(`${part}.turned`), { perm });
    }
    add('Div', [add('MatMul', [own('q.turned'), own('k.turned')], own('scores')), 'root'], own('scaled'));
    add('Softmax', [add('Add', [own('scaled'), 'bias'], own('masked'))], own('weights'), { axis: -1 });
    add('MatMul', [own('weights'), own('v.turned')], own('mixed'));
    add('Transpose', [own('mixed')], own('mixed.turned'), { perm: [0, 2, 1, 3] });
    add('Reshape', [own('mixed.turned'), 'joined'], own('joined'));
    add('Add', [own('').slice(0, -1), linear(own('joined'), own('attn.c_proj'))], own('middle'));
    const inner = linear(norm(own('middle'), own('ln_2')), own('mlp.c_fc'));
    // GELU by its tanh, in the steps that GPT-2 is exported in.
    add('Pow', [inner, 'three'], own('cube'));
    add('Add', [inner, add('Mul', [own('cube'), 'gelu.a'], own('cube.scaled'))], own('gelu.sum'));
    add('Tanh', [add('Mul', [own('gelu.sum'), 'gelu.b'], own('gelu.inner'))], own('tanh'));
    add('Mul', [inner, 'half'], own('halved'));
    add('Mul', [own('halved'), add('Add', [own('tanh'), 'unit'], own('tanh.one'))], own('gelu'));
    add('Add', [own('middle'), linear(own('gelu'), own('mlp.c_proj'))], `h.${i + 1}`);
  }
  add('Transpose', ['wte'], 'lm_head', { perm: [1, 0] });
  add('MatMul', [norm(`h.${layers}`, 'ln_f'), 'lm_head'], 'logits');

  const numbers = {
    nothing: 0,
    least: -3.4028234663852886e38,
    root: Math.sqrt(size),
    three: 3,
    'gelu.a': 0.044715,
    'gelu.b': Math.sqrt(2 / Math.PI),
    half: 0.5,
    unit: 1,
  };
  return modelOf({
    nodes,
    initializers: [...Object.entries(numbers).map(([name, number]) => scalar(name, number)), ...tensors(all)],
    inputs: [
      value('input_ids', TYPES.int64, ['batch', 'length']),
      value('attention_mask', TYPES.int64, ['batch', 'length']),
    ],
    outputs: [value('logits', TYPES.float32, ['batch', 'length', vocabulary])],
    seed,
  });
}

/**
 * @param {Pick<import('../../../src/scoring/graph/proto').Graph, 'nodes' | 'initializers' | 'inputs' | 'outputs'>
 *   & { seed?: number }} graph
 * @returns {Promise<Uint8Array>} ModelProto
 */
export async function modelOf({ seed = 0, ...graph }) {
  const { encodeModel } = await library();
  const name = new protobuf.Writer()
    .uint32((2 << 3) | 2)
    .string('bench')
    .finish();
  return encodeModel({
    opset: OPSET,
    graph: { ...graph, notes: [], rest: [name] },
    // ModelProto: 1 ir_version, 2 producer_name, 8 opset_import (2 version).
    rest: [
      new protobuf.Writer()
        .uint32(1 << 3)
        .int64(8)
        .finish(),
      new protobuf.Writer()
        .uint32((2 << 3) | 2)
        .string(`bench ${seed}`)
        .finish(),
      new protobuf.Writer()
        .uint32((8 << 3) | 2)
        .fork()
        .uint32(2 << 3)
        .int64(OPSET)
        .ldelim()
        .finish(),
    ],
  });
}

// TensorProto: 1 dims, 2 data_type, 4 float_data, 8 name, 13 external_data, 14 data_location.

/** @param {string} name @param {number} number */
function scalar(name, number) {
  const writer = new protobuf.Writer().uint32(2 << 3).int32(1);
  writer.uint32((4 << 3) | 5).float(number);
  return {
    name,
    dims: [],
    bytes: writer
      .uint32((8 << 3) | 2)
      .string(name)
      .finish(),
  };
}

/**
 * @param {readonly Weight[]} all all of the file, in its order
 * @returns {import('../../../src/scoring/graph/proto').Tensor[]}
 */
export function tensors(all) {
  let offset = 0;
  return all.map(({ name, dims }) => {
    const length = 4 * sizeOf(dims);
    const writer = new protobuf.Writer();
    for (const size of dims) writer.uint32(1 << 3).int64(size);
    writer.uint32(2 << 3).int32(1);
    writer.uint32((8 << 3) | 2).string(name);
    for (const [key, text] of Object.entries({ location: path.basename(weightsFile), offset, length })) {
      writer.uint32((13 << 3) | 2).fork();
      writer.uint32((1 << 3) | 2).string(key);
      writer
        .uint32((2 << 3) | 2)
        .string(`${text}`)
        .ldelim();
    }
    offset += length;
    return {
      name,
      dims,
      bytes: writer
        .uint32(14 << 3)
        .int32(1)
        .finish(),
    };
  });
}
