import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

const KEYS = ['max_position_embeddings', 'n_positions', 'n_ctx'] as const;

/**
 * Tokens the model can look at, from the config.json beside the model, above its `onnx/` folder, or beside the
 * tokenizer; undefined where none says so. Unreadable ones count as absent: they are not needed to score.
 */
export async function contextLength(model: string, tokenizer: string): Promise<number | undefined> {
  const home = dirname(model);
  const folders = [home, ...(basename(home) === 'onnx' ? [dirname(home)] : []), tokenizer];
  for (const folder of folders) {
    const config = await readConfig(join(folder, 'config.json'));
    const found = KEYS.map((key) => config?.[key]).find(
      (value) => Number.isSafeInteger(value) && Number(value) > 0,
    );
    if (found !== undefined) return Number(found);
  }
  return undefined;
}

async function readConfig(file: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
