import { Tokenizer } from '@huggingface/tokenizers';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FailureError, toFailure } from '../../core/failure';
import { alphabetOf, readableBytes, textBytes, tokenBytes, type Alphabet } from './alphabet';
import type { Surface } from './align';

/** A checkpoint's tokenizer, ready to tokenize probes. */
export interface ProbeTokenizer {
  /** Path of its tokenizer.json. */
  readonly file: string;
  /** SHA-256 of its files, hex. */
  readonly sha256: string;
  readonly library: Tokenizer;
  readonly alphabet: Alphabet;
  /** Ids it puts before every text (beginning of sequence); often none. */
  readonly before: readonly number[];
  readonly addedTokens: ReadonlyMap<number, string>;
}

/** The one loaded last: the checkpoints of a run share one, and a large vocabulary takes a while to load. */
let last: ProbeTokenizer | undefined;

/**
 * Reads `tokenizer.json` and, where there is one, `tokenizer_config.json`.
 * @throws FailureError `tokenizer-missing`, `tokenizer-unreadable`
 */
export async function loadTokenizer(folder: string): Promise<ProbeTokenizer> {
  const file = join(folder, 'tokenizer.json');
  const configFile = join(folder, 'tokenizer_config.json');
  const [definition, config] = await Promise.all([readText(file), readText(configFile)]);
  if (definition === undefined) {
    throw new FailureError({
      code: 'tokenizer-missing',
      message: 'There is no tokenizer here.',
      file,
      remedy: 'Put tokenizer.json beside the checkpoint, or name its folder with `tokenizer:` in the run.',
    });
  }
  const sha256 = createHash('sha256')
    .update(JSON.stringify([definition, config]))
    .digest('hex');
  if (last?.sha256 === sha256 && last.file === file) return last;
  last = build(file, sha256, parseObject(definition, file), parseObject(config ?? '{}', configFile));
  return last;
}

function build(file: string, sha256: string, definition: object, config: object): ProbeTokenizer {
  try {
    const library = new Tokenizer(definition, config);
    const added = [...library.get_added_tokens_decoder()];
    return {
      file,
      sha256,
      library,
      alphabet: alphabetOf(definition),
      before: idsBefore(library),
      addedTokens: new Map(added.map(([id, token]) => [id, token.content])),
    };
  } catch (error) {
    throw unreadable(file, error, 'Save it again with `save_pretrained` of a fast tokenizer.');
  }
}

/** What a token of the vocabulary stands for; undefined where the alphabet does not tell. */
export function surfaceOf(tokenizer: ProbeTokenizer, id: number): Surface | undefined {
  const added = tokenizer.addedTokens.get(id);
  if (added !== undefined) return { bytes: textBytes(added, tokenizer.alphabet), added: true };
  const token = tokenizer.library.id_to_token(id);
  if (token === undefined || tokenizer.alphabet === 'unknown') return undefined;
  return { bytes: tokenBytes(token, tokenizer.alphabet), added: false };
}

/** A token's text as people read it, ` Callisto` and not `ĠCallisto`; `<id 50300>` beyond the vocabulary. */
export function tokenText(tokenizer: ProbeTokenizer, id: number): string {
  const surface = surfaceOf(tokenizer, id);
  if (surface !== undefined) return readableBytes(surface.bytes);
  return tokenizer.library.id_to_token(id) ?? `<id ${id}>`;
}

/** What the post-processor puts before a text, found by giving it one. */
function idsBefore(library: Tokenizer): number[] {
  const text = 'a';
  const bare = library.encode(text, { add_special_tokens: false }).ids;
  const full = library.encode(text, { add_special_tokens: true }).ids;
  for (let start = 0; start + bare.length <= full.length; start++) {
    if (bare.length > 0 && bare.every((id, i) => full[start + i] === id)) return full.slice(0, start);
  }
  throw new Error('its post-processor changes the text it is given');
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw unreadable(file, error, 'Check that the file may be read.');
  }
}

function parseObject(text: string, file: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
    throw new Error('it is not a JSON object');
  } catch (error) {
    throw unreadable(file, error, 'Copy the file again; it may be cut short.');
  }
}

function unreadable(file: string, cause: unknown, remedy: string): FailureError {
  return new FailureError(
    {
      code: 'tokenizer-unreadable',
      message: `The tokenizer cannot be read: ${toFailure(cause).message}.`,
      file,
      remedy,
    },
    { cause },
  );
}
