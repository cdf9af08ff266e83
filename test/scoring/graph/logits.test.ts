import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { findLogits, readLogits } from '../../../src/scoring/graph/logits';
import { failureOf } from '../helpers';

type Type = InferenceSession.TensorValueMetadata['type'];
const output = (name: string, type: Type, ...shape: (number | string)[]): InferenceSession.ValueMetadata => ({
  name,
  isTensor: true,
  type,
  shape,
});

describe('the output of the logits', () => {
  it('is found by name, else as the only one of its kind', () => {
    const logits = output('logits', 'float16', 'batch', 'length', 325);
    const hidden = output('hidden', 'float32', 'batch', 'length', 16);
    const present = output('present.0.key', 'float32', 'batch', 2, 'total', 8);
    expect(findLogits([hidden, logits, present], 'm')).toEqual({
      name: 'logits',
      type: 'float16',
      vocabulary: 325,
    });
    expect(findLogits([present, hidden], 'm')).toMatchObject({ name: 'hidden' });
    expect(findLogits([output('logits', 'float32', 'b', 'l', 'v')], 'm').vocabulary).toBeUndefined();
  });

  it('is missed', () => {
    const two = [output('a', 'float32', 'b', 'l', 9), output('b', 'float32', 'b', 'l', 9)];
    for (const outputs of [
      two,
      [output('logits', 'int64', 'b', 'l', 9)],
      [output('logits', 'float32', 'b', 9)],
    ]) {
      const failure = failureOf(() => findLogits(outputs, 'm'));
      expect(failure).toMatchObject({ code: 'model-output', file: 'm' });
      expect(failure.message).toContain(`\`${outputs[0]!.name}\``);
    }
  });
});

describe('reading logits', () => {
  it('gives the vocabulary at a place of a row', () => {
    const data = Float32Array.from({ length: 2 * 3 * 4 }, (_, i) => i);
    const logits = readLogits(new Tensor('float32', data, [2, 3, 4]), 2, 3, 'm');
    expect(logits.vocabulary).toBe(4);
    expect([...logits.at(1, 2)]).toEqual([20, 21, 22, 23]);
  });

  it('decodes every float16', () => {
    // Python: struct.unpack('<e', struct.pack('<H', bits))
    const known: Readonly<Record<number, number>> = {
      0x0000: 0,
      0x8000: -0,
      0x0001: 5.960464477539063e-8,
      0x03ff: 6.097555160522461e-5,
      0x0400: 6.103515625e-5,
      0x3555: 0.333251953125,
      0x3c00: 1,
      0xc000: -2,
      0x7bff: 65504,
      0x7c00: Infinity,
      0xfc00: -Infinity,
      0x7e00: NaN,
    };
    const bits = Uint16Array.from(Object.keys(known), Number);
    const logits = readLogits(new Tensor('float16', bits, [1, 1, bits.length]), 1, 1, 'm');
    expect([...logits.at(0, 0)]).toEqual(Array.from(bits, (one) => known[one]));
  });

  it.each([
    [[2, 1, 4], 'model-last-logits'],
    [[1, 3, 4], 'model-output'],
    [[2, 2, 4], 'model-output'],
    [[2, 12], 'model-output'],
  ])('refuses the shape %o for two rows of three tokens', (dims, code) => {
    const size = dims.reduce((product, n) => product * n);
    expect(
      failureOf(() => readLogits(new Tensor('float32', new Float32Array(size), dims), 2, 3, 'm')).code,
    ).toBe(code);
  });
});
