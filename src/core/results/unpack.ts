import { snappyUncompress } from 'hyparquet/src/snappy.js';

/**
 * Unpacks a Snappy block, having looked whether its elements make sense: the library's loop can be led backwards, and
 * then never ends.
 * @throws RangeError for a block that does not give `length` bytes
 */
export function unpack(block: Uint8Array, length: number): Uint8Array {
  // Three bytes give 64 at most.
  if (length > 64 * block.length || unpackedLength(block) !== length) {
    throw new RangeError('a compressed page is damaged');
  }
  const out = new Uint8Array(length);
  snappyUncompress(block, out);
  return out;
}

/** Bytes that a block's elements give; undefined where one of them is impossible (Snappy format description, 2). */
function unpackedLength(block: Uint8Array): number | undefined {
  let at = 0;
  while ((block[at++] ?? 0) & 0x80);
  let given = 0;
  while (at < block.length) {
    const tag = block[at++]!;
    const kind = tag & 3;
    if (kind === 0) {
      const extra = Math.max(0, (tag >>> 2) - 59);
      const size = extra === 0 ? (tag >>> 2) + 1 : littleEndian(block, at, extra) + 1;
      at += extra + size;
      given += size;
    } else {
      const bytes = kind === 3 ? 4 : kind;
      const low = littleEndian(block, at, bytes);
      const offset = kind === 1 ? low + ((tag >>> 5) << 8) : low;
      if (offset < 1 || offset > given) return undefined;
      at += bytes;
      given += kind === 1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1;
    }
  }
  return at === block.length ? given : undefined;
}

function littleEndian(block: Uint8Array, at: number, bytes: number): number {
  let value = 0;
  for (let i = 0; i < bytes; i++) value += (block[at + i] ?? 0) * 2 ** (8 * i);
  return value;
}
