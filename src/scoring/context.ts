import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fixedWidth } from './graph/fixed';

/** What architectures call it: most; GPT-2 and GPT-J; older GPTs; MPT; ChatGLM. */
const KEYS = ['max_position_embeddings', 'n_positions', 'n_ctx', 'max_seq_len', 'seq_length'] as const;

/**
 * Tokens the model can look at, from the config.json beside the model, above its `onnx/` folder, or beside the
 * tokenizer, and no more than a graph without dynamic axes takes; undefined where none says so. Unreadable ones count as
 * absent: they are not needed to score.
 */
export async function contextLength(model: string, tokenizer: string): Promise<number | undefined> {
  const said = await firstSaid(model, tokenizer, (config) => sizeIn(config, KEYS));
  const taken = fixedWidth(model);
  return said === undefined || taken === undefined ? (said ?? taken) : Math.min(said, taken);
}

/** Of each layer's cache of keys, and of that of values. */
export interface CacheSizes {
  readonly heads: number;
  /** Numbers in a head. */
  readonly size: number;
}

/** What a cache looks like, for graphs that do not say; from the same files as {@link contextLength}. */
export async function cacheSizes(model: string, tokenizer: string): Promise<CacheSizes | undefined> {
  return firstSaid(model, tokenizer, (config) => {
    const queries = sizeIn(config, ['num_attention_heads', 'n_head']);
    const width = sizeIn(config, ['hidden_size', 'n_embd']);
    const heads = sizeIn(config, ['num_key_value_heads', 'num_kv_heads']) ?? queries;
    const size =
      sizeIn(config, ['head_dim']) ??
      (width === undefined || queries === undefined ? undefined : Math.floor(width / queries));
    return heads === undefined || size === undefined ? undefined : { heads, size };
  });
}

type Config = Readonly<Record<string, unknown>>;

async function firstSaid<Found>(
  model: string,
  tokenizer: string,
  find: (config: Config) => Found | undefined,
): Promise<Found | undefined> {
  const home = dirname(model);
  const folders = [home, ...(basename(home) === 'onnx' ? [dirname(home)] : []), tokenizer];
  for (const folder of folders) {
    const config = await readConfig(join(folder, 'config.json'));
    if (config === undefined) continue;
    // Models of pictures and text keep the decoder's part apart.
    const text = config['text_config'];
    const found = find(config) ?? (isRecord(text) ? find(text) : undefined);
    if (found !== undefined) return found;
  }
  return undefined;
}

function sizeIn(config: Config, keys: readonly string[]): number | undefined {
  const found = keys
    .map((key) => config[key])
    .find((value) => Number.isSafeInteger(value) && Number(value) > 0);
  return found === undefined ? undefined : Number(found);
}

async function readConfig(file: string): Promise<Config | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Config {
  return typeof value === 'object' && value !== null;
}
