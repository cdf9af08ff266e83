import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { FailureError } from '../../core/failure';
import type { CacheSizes } from '../context';

/** Rows of token ids, each of its own length; short ones are padded on the right. */
export interface Batch {
  readonly rows: readonly (readonly number[])[];
  /** Tokens of the longest row. */
  readonly width: number;
  /** What has been read before them. */
  readonly past?: Past | undefined;
}

/** The same number of tokens for each row of a batch. */
export interface Past {
  readonly length: number;
  /** By input: rows × heads × length × size of a head. */
  readonly caches: ReadonlyMap<string, Tensor>;
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
  if (name === 'input_ids') return integers(input, model, (row, place) => row[place] ?? PADDING_ID);
  if (name === 'attention_mask') return attentionMask(input, model);
  if (name === 'position_ids') return integers(input, model, (_, place, past) => past + place);
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

/** @param value of a row at a place, after as many tokens as have been read before */
function integers(
  input: InferenceSession.TensorValueMetadata,
  model: string,
  value: (row: readonly number[], place: number, past: number) => number,
  placesOf = ({ width }: Batch): number => width,
): Feed {
  const { type } = input;
  if (type !== 'int64' && type !== 'int32') throw unexpected(input, model, 'int64 or int32');
  if (input.shape.length !== 2) throw unexpected(input, model, 'the shape [batch, length]');
  return (batch) => {
    const { rows, past } = batch;
    const places = placesOf(batch);
    const shape = [rows.length, places];
    const size = rows.length * places;
    const at = (i: number): number => value(rows[Math.floor(i / places)]!, i % places, past?.length ?? 0);
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

/**
 * After a past nothing is masked, not even padding, which no token that is asked of looks at: some graphs count a row's
 * past from the end of its mask.
 */
function attentionMask(input: InferenceSession.TensorValueMetadata, model: string): Feed {
  return integers(
    input,
    model,
    (row, place, past) => (past > 0 || place < row.length ? 1 : 0),
    ({ width, past }) => width + (past?.length ?? 0),
  );
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
  const { name, type, shape } = input;
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
  return ({ rows, past }) => past?.caches.get(name) ?? new Tensor(type, data, [rows.length, heads, 0, size]);
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
