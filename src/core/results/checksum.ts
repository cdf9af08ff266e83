import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/**
 * A part carries the SHA-256 of its own bytes in its key-value metadata, so that a flipped bit is an error and
 * never a wrong number: Parquet itself notices only some. The digest is taken with zeros in its own place.
 */
export const CHECKSUM_KEY = 'knowledge-probes.checksum';
const PREFIX = 'sha256:';
const DIGITS = 64;
/** Stands in the metadata until the bytes are known. */
export const CHECKSUM_PLACEHOLDER = PREFIX + '0'.repeat(DIGITS);

/** Writes the checksum over its placeholder. */
export function sign(bytes: Uint8Array): void {
  const at = placeOf(bytes);
  if (at === undefined) throw new Error('The part has no place for its checksum.');
  bytes.set(utf8ToBytes(bytesToHex(sha256(bytes))), at);
}

/** Whether the bytes are as they were signed; `unsigned` where they carry no checksum. */
export function verify(bytes: Uint8Array): 'intact' | 'damaged' | 'unsigned' {
  const at = placeOf(bytes);
  if (at === undefined) return 'unsigned';
  const zeros = utf8ToBytes('0'.repeat(DIGITS));
  const digest = sha256
    .create()
    .update(bytes.subarray(0, at))
    .update(zeros)
    .update(bytes.subarray(at + DIGITS))
    .digest();
  const found = bytes.subarray(at, at + DIGITS);
  return utf8ToBytes(bytesToHex(digest)).every((byte, i) => byte === found[i]) ? 'intact' : 'damaged';
}

/** Offset of the digits. They are looked for from the end: metadata is last in a Parquet file. */
function placeOf(bytes: Uint8Array): number | undefined {
  // Between key and value stand two bytes of Thrift: type of the field, length of the text.
  const at = lastIndexOf(bytes, utf8ToBytes(CHECKSUM_KEY));
  if (at === -1) return undefined;
  const value = at + CHECKSUM_KEY.length + 2;
  const prefix = utf8ToBytes(PREFIX);
  if (!prefix.every((byte, i) => byte === bytes[value + i])) return undefined;
  return value + PREFIX.length + DIGITS <= bytes.length ? value + PREFIX.length : undefined;
}

function lastIndexOf(bytes: Uint8Array, wanted: Uint8Array): number {
  for (let at = bytes.length - wanted.length; at >= 0; at--) {
    let i = 0;
    while (i < wanted.length && bytes[at + i] === wanted[i]) i++;
    if (i === wanted.length) return at;
  }
  return -1;
}
