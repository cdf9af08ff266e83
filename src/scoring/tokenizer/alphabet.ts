/**
 * How a vocabulary writes text into its tokens. `byte-level`: GPT-2's letter for each byte. `metaspace`:
 * SentencePiece's ▁ for a space and `<0x0A>` for a byte. `unknown`: whatever else.
 */
export type Alphabet = 'byte-level' | 'metaspace' | 'unknown';

const METASPACE = '▁';

interface Component {
  readonly type?: string;
  readonly content?: string;
  readonly replacement?: string;
  readonly pattern?: { readonly String?: string };
  readonly length?: unknown;
  readonly pretokenizers?: readonly Component[];
  readonly normalizers?: readonly Component[];
  readonly decoders?: readonly Component[];
}

/** The parts of tokenizer.json that tell the alphabet. */
export interface TokenizerComponents {
  readonly normalizer?: Component | null;
  readonly pre_tokenizer?: Component | null;
  readonly decoder?: Component | null;
}

/**
 * The alphabet of a tokenizer, told from its normalizer, pre-tokenizer and decoder.
 * @throws Error where a component would never come to an end
 */
export function alphabetOf(components: TokenizerComponents): Alphabet {
  const all = [components.normalizer, components.pre_tokenizer, components.decoder].flatMap(flatten);
  if (all.some(({ type, length }) => type === 'FixedLength' && !(Number(length) >= 1)))
    throw new Error('its pre-tokenizer cuts pieces of no length');
  if (all.some(({ type }) => type === 'ByteLevel')) return 'byte-level';
  const metaspace = all.some(
    ({ type, replacement, pattern, content }) =>
      (type === 'Metaspace' && (replacement ?? METASPACE) === METASPACE) ||
      (type === 'Replace' && (pattern?.String === METASPACE || content === METASPACE)),
  );
  return metaspace ? 'metaspace' : 'unknown';
}

function flatten(component: Component | null | undefined): Component[] {
  if (!component) return [];
  const parts = component.pretokenizers ?? component.normalizers ?? component.decoders ?? [];
  return [component, ...parts.flatMap(flatten)];
}

const utf8 = new TextEncoder();
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** GPT-2's letters: printable Latin-1 stands for itself, the other bytes follow from U+0100 on. */
const BYTE_OF_LETTER = new Map<string, number>();
{
  let extra = 256;
  for (let byte = 0; byte < 256; byte++) {
    const plain = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    BYTE_OF_LETTER.set(String.fromCharCode(plain ? byte : extra++), byte);
  }
}

/** Text as the tokens of this alphabet can tell it: SentencePiece cannot tell ▁ from a space. */
export function textBytes(text: string, alphabet: Alphabet): Uint8Array {
  return utf8.encode(alphabet === 'metaspace' ? text.replaceAll(METASPACE, ' ') : text);
}

/** The UTF-8 bytes that a token of the vocabulary stands for; not for the alphabet `unknown`. */
export function tokenBytes(token: string, alphabet: Exclude<Alphabet, 'unknown'>): Uint8Array {
  if (alphabet === 'byte-level') {
    const bytes = Array.from(token, (letter) => BYTE_OF_LETTER.get(letter));
    return bytes.every((byte) => byte !== undefined) ? Uint8Array.from(bytes) : utf8.encode(token);
  }
  const byte = /^<0x([0-9A-Fa-f]{2})>$/.exec(token)?.[1];
  return byte === undefined ? textBytes(token, alphabet) : Uint8Array.of(Number.parseInt(byte, 16));
}

/** Bytes as text to be read; bytes that are no whole characters as `<0xE2>`. */
export function readableBytes(bytes: Uint8Array): string {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return Array.from(bytes, (byte) =>
      byte < 128 ? String.fromCharCode(byte) : `<0x${byte.toString(16).toUpperCase()}>`,
    ).join('');
  }
}
