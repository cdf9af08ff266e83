const utf8 = new TextEncoder();
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const clusters = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Longer clusters are not looked up as a whole. */
const MOST_BYTES = 5;
/** What may be in a cluster of several characters. */
const CLUSTERING = /\P{ASCII}|\r/u;

/**
 * The replacements that a SentencePiece model brings along (`precompiled_charsmap`): the length of a trie in bytes,
 * the trie, and the replacements, each with a NUL behind it. The library takes one for all, which none of them is.
 * As in Rust, a cluster of letters and marks is looked up as a whole where it is short, and else each of its
 * characters; and of what is found it is the shortest that counts, even where it covers only the beginning.
 * @param base64 what tokenizer.json says
 * @throws Error where that is no such thing
 */
export function readCharsmap(base64: unknown): (text: string) => string {
  const bytes = typeof base64 === 'string' ? Buffer.from(base64, 'base64') : Buffer.alloc(0);
  const length = bytes.length < 4 ? NaN : bytes.readUInt32LE(0);
  const end = 4 + length;
  if (!(length >= 4 && length % 4 === 0 && end <= bytes.length))
    throw new Error('the replacements of its normalizer are cut short');
  const trie = Uint32Array.from({ length: length / 4 }, (_, i) => bytes.readUInt32LE(4 + 4 * i));
  const replacements = bytes.subarray(end);
  strictUtf8.decode(replacements);

  const replacement = (part: string): string | undefined => {
    const start = shortest(trie, utf8.encode(part));
    if (start === undefined) return undefined;
    if (start > replacements.length) throw new Error('a replacement of its normalizer lies beyond the last');
    const stop = replacements.indexOf(0, start);
    return strictUtf8.decode(replacements.subarray(start, stop < 0 ? replacements.length : stop));
  };
  const plain = Array.from({ length: 128 }, (_, code) => {
    const letter = String.fromCharCode(code);
    return replacement(letter) ?? letter;
  });
  const each = (text: string): string => Array.from(text, (letter) => replacement(letter) ?? letter).join('');
  const cluster = (text: string): string =>
    (utf8.encode(text).length <= MOST_BYTES ? replacement(text) : undefined) ?? each(text);
  return (text) => {
    if (!CLUSTERING.test(text)) return Array.from(text, (letter) => plain[letter.charCodeAt(0)]).join('');
    return Array.from(clusters.segment(text), ({ segment }) => cluster(segment)).join('');
  };
}

/**
 * The value of the shortest key that `bytes` begins with, in a trie as the library darts-clone lays it out: each unit
 * holds a label, where its children are, and whether a value is among them.
 */
function shortest(trie: Uint32Array, bytes: Uint8Array): number | undefined {
  const unitAt = (place: number): number => {
    const unit = trie[place];
    if (unit === undefined) throw new Error('the replacements of its normalizer point beyond their end');
    return unit;
  };
  let place = children(unitAt(0));
  for (const byte of bytes) {
    if (byte === 0) return undefined;
    place ^= byte;
    const unit = unitAt(place);
    // A value has the highest bit set and is nobody's label.
    if ((unit & 0x800000ff) !== byte) return undefined;
    place ^= children(unit);
    if ((unit & 0x100) !== 0) return unitAt(place) & 0x7fffffff;
  }
  return undefined;
}

function children(unit: number): number {
  return (unit >>> 10) << ((unit & 0x200) >>> 6);
}
