import { Tensor } from 'onnxruntime-node';
import type { Past } from '../graph/inputs';

/** What a decoder keeps of the tokens of one row, by the input that takes it. */
export interface Cache {
  readonly tokens: number;
  readonly parts: ReadonlyMap<string, Part>;
}

interface Part {
  readonly type: 'float32' | 'float16';
  readonly heads: number;
  /** Numbers in a head. */
  readonly size: number;
  /** Heads × tokens × size numbers. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * Takes the caches of rows out of what a batch gave.
 * @param found tensors of rows × heads × width × size, by the input that takes them
 * @param tokens to take of each row, from the first
 * @returns undefined where a tensor is of another kind or shape
 */
export function takeCaches(
  found: ReadonlyMap<string, Tensor>,
  tokens: readonly number[],
  width: number,
): Cache[] | undefined {
  const caches = tokens.map((count) => ({ tokens: count, parts: new Map<string, Part>() }));
  for (const [name, { type, dims, data }] of found) {
    const [rows, heads = 0, places, size = 0] = dims;
    if (type !== 'float32' && type !== 'float16') return undefined;
    if (dims.length !== 4 || rows !== tokens.length || places !== width) return undefined;
    const numbers = data as Float32Array | Uint16Array;
    const all = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
    const token = size * numbers.BYTES_PER_ELEMENT;
    for (const [row, { tokens: count, parts }] of caches.entries()) {
      const bytes = new Uint8Array(heads * count * token);
      for (let head = 0; head < heads; head++) {
        const start = (row * heads + head) * width * token;
        bytes.set(all.subarray(start, start + count * token), head * count * token);
      }
      parts.set(name, { type, heads, size, bytes });
    }
  }
  return caches;
}

/** The past of a batch whose rows go on from caches, one for each row, all of the same number of tokens. */
export function pastOf(caches: readonly Cache[]): Past {
  const { tokens, parts } = caches[0]!;
  const tensors = [...parts].map(([name, { type, heads, size, bytes }]) => {
    const all = new Uint8Array(caches.length * bytes.length);
    for (const [row, cache] of caches.entries()) all.set(cache.parts.get(name)!.bytes, row * bytes.length);
    const data = type === 'float32' ? new Float32Array(all.buffer) : new Uint16Array(all.buffer);
    return [name, new Tensor(type, data, [caches.length, heads, tokens, size])] as const;
  });
  return { length: tokens, caches: new Map(tensors) };
}
