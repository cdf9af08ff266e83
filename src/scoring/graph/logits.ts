import type { Tensor } from 'onnxruntime-node';
import { FailureError } from '../../core/failure';

/** The logits of a batch: batch × width × vocabulary. */
export interface Logits {
  readonly vocabulary: number;
  /**
   * The logits after the token at a place: what the model expects next.
   * @returns vocabulary numbers, valid until the next call
   */
  at(row: number, place: number): Float32Array;
}

export interface LogitsOutput {
  readonly name: string;
  readonly type: 'float32' | 'float16';
  /** Entries in the vocabulary, where the graph says so. */
  readonly vocabulary: number | undefined;
}

/** An output as the graph declares it; without type and shape where it is no tensor. */
export interface Declared {
  readonly name: string;
  readonly type?: string;
  readonly shape?: readonly (number | string)[];
}

/** What exporters call the output of a decoder without its head. */
const STATES = /hidden_states?\b|^embeddings?$/;

/**
 * Finds the output that holds the logits: `logits`, or the only float output of three dimensions.
 * @throws FailureError `model-output`
 */
export function findLogits(outputs: readonly Declared[], model: string): LogitsOutput {
  const candidates = outputs.filter(
    ({ name, type, shape }) =>
      (type === 'float32' || type === 'float16') && shape?.length === 3 && !STATES.test(name),
  );
  const chosen =
    candidates.find(({ name }) => name === 'logits') ?? (candidates.length === 1 ? candidates[0] : undefined);
  if (chosen === undefined) {
    const found = outputs
      .map(({ name, type, shape }) => `\`${name}\` ${type ?? ''} [${shape?.join(', ') ?? ''}]`)
      .join(', ');
    throw new FailureError({
      code: 'model-output',
      message: `The graph has no output \`logits\`, float32 or float16 [batch, length, vocabulary]; it has ${found}.`,
      file: model,
      remedy: 'Export the decoder with its language-model head, as a text-generation model.',
    });
  }
  const size = chosen.shape?.[2];
  return {
    name: chosen.name,
    type: chosen.type as 'float32' | 'float16',
    vocabulary: typeof size === 'number' ? size : undefined,
  };
}

/**
 * Reads the logits of a batch.
 * @param width tokens that each row was given
 * @throws FailureError `model-last-logits` where the graph gives the last position only, `model-output`
 */
export function readLogits(tensor: Tensor, batch: number, width: number, model: string): Logits {
  const [rows, places, vocabulary] = tensor.dims;
  if (places === 1 && width > 1) {
    throw new FailureError({
      code: 'model-last-logits',
      message: 'The graph gives logits for the last position only; a target of several tokens needs more.',
      file: model,
      place: `output [${tensor.dims.join(', ')}]`,
      remedy: 'Export the decoder with the logits of all positions.',
    });
  }
  if (rows !== batch || places !== width || vocabulary === undefined || vocabulary === 0) {
    throw new FailureError({
      code: 'model-output',
      message: `The logits have an unexpected shape: [${tensor.dims.join(', ')}] for ${batch} rows of ${width} tokens.`,
      file: model,
    });
  }
  const data = tensor.data as Float32Array | Uint16Array;
  const scratch = new Float32Array(data instanceof Uint16Array ? vocabulary : 0);
  return {
    vocabulary,
    at(row, place) {
      const start = (row * width + place) * vocabulary;
      const found = data.subarray(start, start + vocabulary);
      if (!(found instanceof Uint16Array)) return found;
      for (let i = 0; i < vocabulary; i++) scratch[i] = HALF[found[i]!]!;
      return scratch;
    },
  };
}

/** Every float16 by its bits: where the language has no Float16Array the runtime hands out raw bits. */
const HALF = Float32Array.from({ length: 65_536 }, (_, bits) => {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
});
