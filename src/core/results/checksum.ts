import { utf8ToBytes } from '@noble/hashes/utils.js';

/**
 * A part carries the CRC-32 of its own bytes in its key-value metadata, so that a flipped bit is an error and never a
 * wrong number: Parquet itself notices only some. It is taken with zeros in its own place.
 */
export const CHECKSUM_KEY = 'knowledge-probes.checksum';
const PREFIX = 'crc32:';
const DIGITS = 8;
/** Stands in the metadata until the bytes are known. */
export const CHECKSUM_PLACEHOLDER = PREFIX + '0'.repeat(DIGITS);

/**
 * CRC-32 of bytes that follow others, whose CRC-32 is `before`. zlib's, where there is one, takes a tenth of the time;
 * of no bytes at all it is not asked, because Node's may then begin anew.
 */
export type Crc32 = (bytes: Uint8Array, before: number) => number;

/**
 * Writes the checksum over its placeholder.
 * @param before CRC-32 of what stands before these bytes in the file
 */
export function sign(bytes: Uint8Array, crc: Crc32 = crc32After, before = 0): void {
  const at = placeOf(bytes);
  if (at === undefined) throw new Error('The part has no place for its checksum.');
  bytes.fill(ZERO, at, at + DIGITS);
  bytes.set(utf8ToBytes(checksum(bytes, at, crc, before)), at);
}

/**
 * Whether the bytes are as they were signed; `unsigned` where they carry no checksum.
 * @param before CRC-32 of what stands before these bytes in the file
 */
export function verify(
  bytes: Uint8Array,
  crc: Crc32 = crc32After,
  before = 0,
): 'intact' | 'damaged' | 'unsigned' {
  const at = placeOf(bytes);
  if (at === undefined) return 'unsigned';
  const digits = utf8ToBytes(checksum(bytes, at, crc, before));
  return digits.every((byte, i) => byte === bytes[at + i]) ? 'intact' : 'damaged';
}

const ZERO = 0x30;

/** Eight hex digits for the bytes, those from `at` on taken as zeros. */
function checksum(bytes: Uint8Array, at: number, crc: Crc32, before: number): string {
  const zeros = new Uint8Array(DIGITS).fill(ZERO);
  const parts = [bytes.subarray(0, at), zeros, bytes.subarray(at + DIGITS)];
  return parts
    .reduce((sum, part) => (part.length === 0 ? sum : crc(part, sum)), before)
    .toString(16)
    .padStart(DIGITS, '0');
}

/** CRC-32 as in ISO 3309, gzip and PNG, of several pieces as if they were one. */
export function crc32(...pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, bytes) => crc32After(bytes, sum), 0);
}

function crc32After(bytes: Uint8Array, before: number): number {
  let crc = ~before;
  for (const byte of bytes) crc = (crc >>> 8) ^ TABLE[(crc ^ byte) & 0xff]!;
  return ~crc >>> 0;
}

const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  return crc;
});

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
