import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/** What decides a score besides the text: the same three for every row of a part. */
export interface Scorer {
  /** SHA-256 of the model with its external data, hex. */
  readonly model: string;
  /** SHA-256 of the tokenizer's files, hex. */
  readonly tokenizer: string;
  /** The options that can change a number, in one canonical text. */
  readonly options: string;
}

export interface ScoredText {
  readonly prompt: string;
  /** Join + target. */
  readonly continuation: string;
}

/**
 * The content key: equal exactly when a score need not be computed again (DESIGN section 5).
 * @returns SHA-256 over the five texts in UTF-8, each preceded by its length in bytes, hex
 */
export function contentKey(scorer: Scorer, text: ScoredText): string {
  return contentKeys(scorer)(text);
}

/** {@link contentKey} for many texts of one scorer. */
export function contentKeys(scorer: Scorer): (text: ScoredText) => string {
  const start = sha256.create();
  for (const part of ['knowledge-probes 1', scorer.model, scorer.tokenizer, scorer.options]) {
    start.update(delimited(part));
  }
  return ({ prompt, continuation }) =>
    bytesToHex(start.clone().update(delimited(prompt)).update(delimited(continuation)).digest());
}

/** Without the length, the end of a prompt and the beginning of its continuation could change places. */
function delimited(text: string): Uint8Array {
  const bytes = utf8ToBytes(text);
  const out = new Uint8Array(8 + bytes.length);
  new DataView(out.buffer).setBigUint64(0, BigInt(bytes.length));
  out.set(bytes, 8);
  return out;
}
