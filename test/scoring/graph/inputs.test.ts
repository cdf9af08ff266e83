import type { InferenceSession } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { planInputs, type Batch } from '../../../src/scoring/graph/inputs';
import { WOVEN } from '../../../src/scoring/graph/weave';
import { failureOf } from '../helpers';

type Metadata = InferenceSession.ValueMetadata;
const tensor = (
  name: string,
  type: InferenceSession.TensorValueMetadata['type'],
  ...shape: (number | string)[]
): Metadata => ({
  name,
  isTensor: true,
  type,
  shape,
});
const ids = tensor('input_ids', 'int64', 'batch', 'length');
const BATCH = { rows: [[5, 6, 7], [8]], width: 3 };

function fed(...inputs: readonly Metadata[]) {
  return fedBatch(BATCH, inputs);
}

function fedBatch(batch: Batch, inputs: readonly Metadata[]) {
  const plan = planInputs(inputs, 'model.onnx');
  return Object.fromEntries(
    [...plan].map(([name, feed]) => {
      const { type, dims, data } = feed(batch);
      return [name, { type, dims, data: Array.from(data as ArrayLike<number | bigint>, Number) }];
    }),
  );
}

describe('inputs', () => {
  it('are padded on the right, and the padding is masked', () => {
    const long = (name: string) => tensor(name, 'int64', 'batch', 'length');
    expect(fed(ids, long('attention_mask'), long('position_ids'))).toEqual({
      input_ids: { type: 'int64', dims: [2, 3], data: [5, 6, 7, 8, 0, 0] },
      attention_mask: { type: 'int64', dims: [2, 3], data: [1, 1, 1, 1, 0, 0] },
      position_ids: { type: 'int64', dims: [2, 3], data: [0, 1, 2, 0, 1, 2] },
    });
  });

  it('may be int32', () => {
    expect(fed(tensor('input_ids', 'int32', 'batch', 'length'))).toEqual({
      input_ids: { type: 'int32', dims: [2, 3], data: [5, 6, 7, 8, 0, 0] },
    });
  });

  it.each(['past_key_values.0.key', 'past_key_values.11.value', 'past_key_values.3.decoder.key'])(
    '%s is empty',
    (name) => {
      for (const type of ['float32', 'float16'] as const) {
        const found = fed(ids, tensor(name, type, 'batch', 4, 'past', 8));
        expect(found[name]).toEqual({ type, dims: [2, 4, 0, 8], data: [] });
      }
    },
  );

  it('say of woven rows where tokens stand in their texts, and which they do not see', () => {
    // 5 6 8 and 5 7; padding stands at the first place.
    const woven = [
      { places: [0, 1, 2, 1], until: [4, 3, 3, 4] },
      { places: [0, 1], until: [2, 2] },
    ];
    const batch = {
      rows: [
        [5, 6, 8, 7],
        [9, 9],
      ],
      width: 4,
      woven,
    };
    const long = (of: string) => tensor(of, 'int64', 'batch', 'length');
    const sight = tensor(WOVEN.sight, 'float32', 'woven', 'one', 'looking', 'seen');
    const found = fedBatch(batch, [
      ids,
      long('attention_mask'),
      long('position_ids'),
      long(WOVEN.places),
      sight,
    ]);
    const places = { type: 'int64', dims: [2, 4], data: [0, 1, 2, 1, 0, 1, 0, 0] };
    expect(found).toMatchObject({
      attention_mask: { type: 'int64', dims: [2, 4], data: [1, 1, 1, 1, 1, 1, 0, 0] },
      position_ids: places,
      [WOVEN.places]: places,
    });
    const { dims, data } = found[WOVEN.sight]!;
    expect(dims).toEqual([2, 1, 4, 4]);
    const unseen = data.flatMap((number, i) => (number === 0 ? [] : [[Math.floor(i / 4), i % 4]]));
    expect(unseen).toEqual([
      [3, 1],
      [3, 2],
    ]);
    expect(fed(ids, sight)[WOVEN.sight]).toEqual({ type: 'float32', dims: [1, 1, 1, 1], data: [0] });
  });

  it('use_cache_branch is false', () => {
    expect(fed(ids, tensor('use_cache_branch', 'bool', 1))['use_cache_branch']).toEqual({
      type: 'bool',
      dims: [1],
      data: [0],
    });
  });

  it.each([
    ['num_logits_to_keep', 'int64', []],
    ['logits_to_keep', 'int32', [1]],
  ] as const)('%s keeps all', (name, type, shape) => {
    expect(fed(ids, tensor(name, type, ...shape))[name]).toEqual({ type, dims: [...shape], data: [0] });
  });

  it.each([
    [
      tensor('pixel_values', 'float32', 'batch', 3, 8, 8),
      /`pixel_values` is float32 \[batch, 3, 8, 8\]; .*position_ids/,
    ],
    [tensor('attention_mask', 'float32', 'batch', 'length'), /`attention_mask` is float32.*int64 or int32/],
    [
      tensor('attention_mask', 'int64', 'batch', 1, 'length', 'length'),
      /expected is the shape \[batch, length\]/,
    ],
    [tensor('past_key_values.0.key', 'float32', 'batch', 'heads', 'past', 8), /heads and size as numbers/],
    [tensor('past_key_values.0.key', 'int8', 'batch', 4, 'past', 8), /float32 or float16/],
    [tensor('use_cache_branch', 'int64', 1), /a bool/],
    [tensor('num_logits_to_keep', 'float32'), /int64 or int32/],
    [tensor('num_logits_to_keep', 'int64', 'batch', 'length'), /one number/],
    [{ name: 'cache', isTensor: false } as const, /`cache` is no tensor; expected is a tensor/],
  ])('%o is refused by name', (input, message) => {
    const failure = failureOf(() => planInputs([ids, input], 'model.onnx'));
    expect(failure).toMatchObject({ code: 'model-input', file: 'model.onnx', place: `input ${input.name}` });
    expect(failure.message).toMatch(message);
  });

  it('without input_ids are refused', () => {
    const mask = tensor('attention_mask', 'int64', 'batch', 'length');
    expect(failureOf(() => planInputs([mask], 'model.onnx')).message).toContain('`attention_mask`');
  });
});
