import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { FailureError } from '../../core/failure';
import type { CacheSizes } from '../context';
import { WOVEN } from './weave';

/** Rows of token ids, each of its own length; short ones are padded on the right. */
export interface Batch {
  readonly rows: readonly (readonly number[])[];
  /** Tokens of the longest row. */
  readonly width: number;
  /** Of what each row is woven; undefined where each is one text. */
  readonly woven?: readonly Woven[] | undefined;
}

/** How the tokens of a row hang together that is woven of several texts. */
export interface Woven {
  /** Each token's place in its own text, from 0. */
  readonly places: readonly number[];
  /** For each token the first place of the row that does not see it any more. */
  readonly until: readonly number[];
}

/** Makes one input of the graph from a batch. */
type Feed = (batch: Batch) => Tensor;

/** How every input of a graph is filled. */
export type InputPlan = ReadonlyMap<string, Feed>;

/** Padding never reaches a position that is read: it stands to the right, and attention looks to the left. */
const PADDING_ID = 0;

/**
 * Finds the inputs of a decoder by name, type and shape: `input_ids`, `attention_mask`, `position_ids` (int64 or
 * int32), `past_key_values.*` (empty without a past), `use_cache_branch`, `num_logits_to_keep`. DESIGN section 5.
 * @param cache sizes of the caches, for graphs that do not say
 * @throws FailureError `model-input`: an input that is not known, with what was expected
 */
export function planInputs(
  metadata: readonly InferenceSession.ValueMetadata[],
  model: string,
  cache?: CacheSizes,
): InputPlan {
  const plan = new Map(metadata.map((input) => [input.name, feedFor(input, model, cache)]));
  if (!plan.has('input_ids')) {
    const names = metadata.map(({ name }) => `\`${name}\``).join(', ');
    throw new FailureError({
      code: 'model-input',
      message: `The graph has no input \`input_ids\`; it has ${names}.`,
      file: model,
      remedy: 'Export the decoder as a text-generation model, with token ids as input.',
    });
  }
  return plan;
}

function feedFor(input: InferenceSession.ValueMetadata, model: string, cache: CacheSizes | undefined): Feed {
  const { name } = input;
  if (!input.isTensor) throw unexpected(input, model, 'a tensor');
  if (name === 'input_ids')
    return integers(input, model, ({ rows }, row, place) => rows[row]![place] ?? PADDING_ID);
  if (name === 'attention_mask')
    return integers(input, model, ({ rows }, row, place) => (place < rows[row]!.length ? 1 : 0));
  if (name === 'position_ids' || name === WOVEN.places) return integers(input, model, placeOf);
  if (name === WOVEN.sight) return sight;
  if (name === 'use_cache_branch') {
    if (input.type !== 'bool') throw unexpected(input, model, 'a bool');
    return () => new Tensor('bool', [false], [1]);
  }
  // None are kept, in Transformers' words, means that all are.
  if (name === 'num_logits_to_keep' || name === 'logits_to_keep') return none(input, model);
  if (/^past_key_values\.\d+\.(?:\w+\.)?(?:key|value)$/.test(name)) return caches(input, model, cache);
  throw unexpected(
    input,
    model,
    'input_ids, attention_mask, position_ids, past_key_values.N.key, past_key_values.N.value, use_cache_branch or num_logits_to_keep',
  );
}

/** Where a token stands in its text. Padding stands at the first place, which there is in any case, where rows are woven. */
function placeOf({ woven }: Batch, row: number, place: number): number {
  return woven === undefined ? place : (woven[row]!.places[place] ?? 0);
}

/** Far below all scores; added to a mask that is the least number of float32 it is lost in rounding, and no infinity. */
const UNSEEN = -1e30;

/** Which tokens see which, besides that none sees those behind it, which the graph takes care of. */
function sight({ woven, width }: Batch): Tensor {
  if (woven === undefined) return new Tensor('float32', new Float32Array(1), [1, 1, 1, 1]);
  const data = new Float32Array(woven.length * width * width);
  for (const [row, { until }] of woven.entries()) {
    for (const [seen, end] of until.entries()) {
      for (let place = end; place < until.length; place++)
        data[(row * width + place) * width + seen] = UNSEEN;
    }
  }
  return new Tensor('float32', data, [woven.length, 1, width, width]);
}

/** @param value of a row at a place */
function integers(
  input: InferenceSession.TensorValueMetadata,
  model: string,
  value: (batch: Batch, row: number, place: number) => number,
): Feed {
  const { type } = input;
  if (type !== 'int64' && type !== 'int32') throw unexpected(input, model, 'int64 or int32');
  if (input.shape.length !== 2) throw unexpected(input, model, 'the shape [batch, length]');
  return (batch) => {
    const { rows, width } = batch;
    const shape = [rows.length, width];
    const size = rows.length * width;
    const at = (i: number): number => value(batch, Math.floor(i / width), i % width);
    if (type === 'int32')
      return new Tensor(
        type,
        Int32Array.from({ length: size }, (_, i) => at(i)),
        shape,
      );
    return new Tensor(
      type,
      BigInt64Array.from({ length: size }, (_, i) => BigInt(at(i))),
      shape,
    );
  };
}

/** The number 0, however many dimensions it has. */
function none(input: InferenceSession.TensorValueMetadata, model: string): Feed {
  const { type, shape } = input;
  if (type !== 'int64' && type !== 'int32') throw unexpected(input, model, 'int64 or int32');
  if (shape.length > 1) throw unexpected(input, model, 'one number');
  const data = type === 'int32' ? new Int32Array(1) : new BigInt64Array(1);
  return () => new Tensor(type, data, shape.length === 0 ? [] : [1]);
}

/** Batch × heads × 0 × size of a head where nothing has been read before. */
function caches(
  input: InferenceSession.TensorValueMetadata,
  model: string,
  cache: CacheSizes | undefined,
): Feed {
  const { type, shape } = input;
  if (type !== 'float32' && type !== 'float16') throw unexpected(input, model, 'float32 or float16');
  const heads = typeof shape[1] === 'number' ? shape[1] : cache?.heads;
  const size = typeof shape[3] === 'number' ? shape[3] : cache?.size;
  if (shape.length !== 4 || heads === undefined || size === undefined) {
    throw unexpected(
      input,
      model,
      'the shape [batch, heads, past, size] with heads and size as numbers, there or in config.json',
    );
  }
  const data = type === 'float32' ? new Float32Array(0) : new Uint16Array(0);
  return ({ rows }) => new Tensor(type, data, [rows.length, heads, 0, size]);
}

function unexpected(input: InferenceSession.ValueMetadata, model: string, expected: string): FailureError {
  const found = input.isTensor ? `${input.type} [${input.shape.join(', ')}]` : 'no tensor';
  return new FailureError({
    code: 'model-input',
    message: `The graph wants an input that cannot be given: \`${input.name}\` is ${found}; expected is ${expected}.`,
    file: model,
    place: `input ${input.name}`,
    remedy: 'Export the decoder without it, as a plain text-generation model.',
  });
}
