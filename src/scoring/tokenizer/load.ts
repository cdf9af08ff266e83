import { Tokenizer } from '@huggingface/tokenizers';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FailureError, toFailure } from '../../core/failure';
import { alphabetOf, readableBytes, textBytes, tokenBytes, type Alphabet } from './alphabet';
import type { Surface } from './align';
import { idsBefore, needsToken, type BeginningConfig } from './beginning';
import { isMendedSince, mend } from './mend';

/** A checkpoint's tokenizer, ready to tokenize probes. */
export interface ProbeTokenizer {
  /** Path of its tokenizer.json. */
  readonly file: string;
  /** SHA-256 of all in its files that decides tokens, hex. */
  readonly sha256: string;
  readonly library: Tokenizer;
  readonly alphabet: Alphabet;
  /** Ids it puts before every text (beginning of sequence); often none. */
  readonly before: readonly number[];
  readonly addedTokens: ReadonlyMap<number, string>;
  /** What tokens stand for, as far as it was asked: each row asks of a dozen, and they are much the same. */
  readonly known: {
    readonly surfaces: Map<number, Surface | undefined>;
    readonly texts: Map<number, string>;
  };
}

const DEFINITION = 'tokenizer.json';
const CONFIG = 'tokenizer_config.json';
const SPECIAL = 'special_tokens_map.json';

/** What a tokenizer is read from; only the first has to be there. */
export const TOKENIZER_FILES = [DEFINITION, CONFIG, SPECIAL];

/** The ones used last, oldest first: the checkpoints of a run share one, or have copies of it each. */
const loaded = new Map<string, ProbeTokenizer>();
const MOST_LOADED = 2;

/**
 * Reads `tokenizer.json` and, where there are such, `tokenizer_config.json` and, for a token that only it names,
 * `special_tokens_map.json`.
 * @throws FailureError `tokenizer-missing`, `tokenizer-unreadable`
 */
export async function loadTokenizer(folder: string): Promise<ProbeTokenizer> {
  const file = join(folder, DEFINITION);
  const configFile = join(folder, CONFIG);
  const [definition, config] = await Promise.all([readText(file), readText(configFile)]);
  if (definition === undefined) {
    throw new FailureError({
      code: 'tokenizer-missing',
      message: 'There is no tokenizer here.',
      file,
      remedy: 'Put tokenizer.json beside the checkpoint, or name its folder with `tokenizer:` in the run.',
    });
  }
  const said: BeginningConfig = parseObject(config ?? '{}', configFile);
  const borrowed = needsToken(said) ? await tokenIn(join(folder, SPECIAL)) : undefined;
  const files = createHash('sha256')
    .update(JSON.stringify([definition, config, ...(borrowed === undefined ? [] : [borrowed])]))
    .digest('hex');
  const tokenizer =
    loaded.get(files) ??
    build(file, files, parseObject(definition, file), {
      ...said,
      ...(borrowed !== undefined && { bos_token: borrowed }),
    });
  loaded.delete(files);
  loaded.set(files, tokenizer);
  for (const oldest of loaded.keys()) if (loaded.size > MOST_LOADED) loaded.delete(oldest);
  return tokenizer.file === file ? tokenizer : { ...tokenizer, file };
}

/** The beginning token of a special_tokens_map.json, as older versions of transformers wrote it. */
async function tokenIn(file: string): Promise<unknown> {
  const { bos_token }: BeginningConfig = parseObject((await readText(file)) ?? '{}', file);
  return bos_token ?? undefined;
}

function build(file: string, files: string, definition: object, config: BeginningConfig): ProbeTokenizer {
  try {
    const alphabet = alphabetOf(definition);
    const library = new Tokenizer(definition, config);
    mend(library, definition);
    const added = [...library.get_added_tokens_decoder()];
    if (!added.every(([id, { content }]) => Number.isSafeInteger(id) && typeof content === 'string'))
      throw new Error('one of its added tokens has no text or no id');
    const { ids, fromConfig } = idsBefore(library, config);
    // Scores made before tokenizer_config.json had its say, or before a mend, stand on other tokens: they get other keys.
    const since = [
      ...(fromConfig ? ['add_bos_token'] : []),
      ...(isMendedSince(definition) ? ['mended'] : []),
    ];
    return {
      file,
      sha256:
        since.length === 0
          ? files
          : createHash('sha256')
              .update([files, ...since].join(' '))
              .digest('hex'),
      library,
      alphabet,
      before: ids,
      addedTokens: new Map(added.map(([id, token]) => [id, token.content])),
      known: { surfaces: new Map(), texts: new Map() },
    };
  } catch (error) {
    throw unreadable(file, error, 'Save it again with `save_pretrained` of a fast tokenizer.');
  }
}

/** What a token of the vocabulary stands for; undefined where the alphabet does not tell. */
export function surfaceOf(tokenizer: ProbeTokenizer, id: number): Surface | undefined {
  return once(tokenizer.known.surfaces, id, () => {
    const added = tokenizer.addedTokens.get(id);
    if (added !== undefined) return { bytes: textBytes(added, tokenizer.alphabet), added: true };
    const token: unknown = tokenizer.library.id_to_token(id);
    if (typeof token !== 'string' || tokenizer.alphabet === 'unknown') return undefined;
    return { bytes: tokenBytes(token, tokenizer.alphabet), added: false };
  });
}

/** A token's text as people read it, ` Callisto` and not `ĠCallisto`; `<id 50300>` beyond the vocabulary. */
export function tokenText(tokenizer: ProbeTokenizer, id: number): string {
  return once(tokenizer.known.texts, id, () => {
    const surface = surfaceOf(tokenizer, id);
    if (surface !== undefined) return readableBytes(surface.bytes);
    return tokenizer.library.id_to_token(id) ?? `<id ${id}>`;
  });
}

function once<Found>(known: Map<number, Found>, id: number, find: () => Found): Found {
  if (!known.has(id)) known.set(id, find());
  return known.get(id)!;
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
