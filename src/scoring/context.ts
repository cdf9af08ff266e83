import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** What architectures call it: most; GPT-2 and GPT-J; older GPTs; MPT; ChatGLM. */
const KEYS = ['max_position_embeddings', 'n_positions', 'n_ctx', 'max_seq_len', 'seq_length'] as const;

/**
 * Tokens the model can look at, from the config.json beside the model, above its `onnx/` folder, or beside the
 * tokenizer; undefined where none says so. Unreadable ones count as absent: they are not needed to score.
 */
export async function contextLength(model: string, tokenizer: string): Promise<number | undefined> {
  const home = dirname(model);
  const folders = [home, ...(basename(home) === 'onnx' ? [dirname(home)] : []), tokenizer];
  for (const folder of folders) {
    const config = await readConfig(join(folder, 'config.json'));
    // Models of pictures and text keep the decoder's part apart.
    const found = lengthIn(config) ?? lengthIn(config?.['text_config']);
    if (found !== undefined) return found;
  }
  return undefined;
}

function lengthIn(config: unknown): number | undefined {
  if (!isRecord(config)) return undefined;
  const found = KEYS.map((key) => config[key]).find(
    (value) => Number.isSafeInteger(value) && Number(value) > 0,
  );
  return found === undefined ? undefined : Number(found);
}

async function readConfig(file: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
