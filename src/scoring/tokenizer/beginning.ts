import type { Tokenizer } from '@huggingface/tokenizers';

/** What tokenizer_config.json says of the beginning of a text. */
export interface BeginningConfig {
  readonly add_bos_token?: unknown;
  /** The token, or an object with its `content`. */
  readonly bos_token?: unknown;
}

/** Whether something is said of a token at the beginning, but not which. */
export function needsToken({ add_bos_token, bos_token }: BeginningConfig): boolean {
  return typeof add_bos_token === 'boolean' && (bos_token ?? undefined) === undefined;
}

export interface Beginning {
  /** Ids put before every text. */
  readonly ids: readonly number[];
  /** Whether tokenizer_config.json decided, against the post-processor of tokenizer.json. */
  readonly fromConfig: boolean;
}

/**
 * The ids that a tokenizer puts before every text. `add_bos_token` in tokenizer_config.json decides where it is given,
 * as in Hugging Face transformers; otherwise the post-processor of tokenizer.json does.
 * @throws Error where the post-processor changes texts, or names a token that the vocabulary does not have
 */
export function idsBefore(library: Tokenizer, { add_bos_token, bos_token }: BeginningConfig): Beginning {
  const own = ofPostProcessor(library);
  if (typeof add_bos_token !== 'boolean') return { ids: own, fromConfig: false };
  const token = contentOf(bos_token);
  if (token === undefined) return { ids: own, fromConfig: false };
  const ids = add_bos_token ? [idOf(library, token)] : own.filter((id) => id !== library.token_to_id(token));
  return { ids, fromConfig: ids.join() !== own.join() };
}

/** No vocabulary has it: tokens of text hold no NUL. */
const TEXT = '\0text';

/** What the post-processor puts before a text, found by giving it one. */
function ofPostProcessor(library: Tokenizer): number[] {
  if (library.post_processor === null) return [];
  const { tokens } = library.post_processor.post_process([TEXT], null, true);
  const place = tokens.indexOf(TEXT);
  if (place < 0 || tokens.includes(TEXT, place + 1)) {
    throw new Error('its post-processor changes the text it is given');
  }
  return tokens.slice(0, place).map((token) => idOf(library, token));
}

function idOf(library: Tokenizer, token: string): number {
  const id = library.token_to_id(token);
  if (id === undefined) throw new Error(`its vocabulary lacks “${token}”, which begins every text`);
  return id;
}

function contentOf(token: unknown): string | undefined {
  if (typeof token === 'string') return token;
  const content =
    typeof token === 'object' && token !== null ? (token as { content?: unknown }).content : undefined;
  return typeof content === 'string' ? content : undefined;
}
