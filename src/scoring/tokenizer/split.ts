import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { toFailure } from '../../core/failure';
import type { RunTokenizer, Split } from '../../core/probes/rules/rule';
import { loadTokenizer } from './load';
import { tokenizeProbe } from './probe';

/** A tokenizer as the rules of a probe file use it. */
export interface Splitter {
  readonly sha256: string;
  readonly split: RunTokenizer['split'];
}

/** Splits that are remembered, so that a keystroke costs one probe's tokens and not the file's. */
const MOST_REMEMBERED = 200_000;

const loaded = new Map<string, Splitter & { readonly stamp: string }>();

/**
 * Says where prompts and continuations meet in tokens, with the tokenizer of a folder, loaded once until its files
 * change.
 * @throws FailureError as {@link loadTokenizer}
 */
export async function loadSplitter(folder: string): Promise<Splitter> {
  const stamps = ['tokenizer.json', 'tokenizer_config.json'].map((name) =>
    stat(join(folder, name)).then(
      ({ mtimeMs, size }) => `${mtimeMs} ${size}`,
      () => 'missing',
    ),
  );
  const stamp = (await Promise.all(stamps)).join();
  const known = loaded.get(folder);
  if (known?.stamp === stamp) return known;

  const tokenizer = await loadTokenizer(folder);
  const splits = new Map<string, Split>();
  const split = (prompt: string, continuation: string): Split => {
    const key = `${prompt.length} ${prompt}${continuation}`;
    let found = splits.get(key);
    if (found === undefined) {
      if (splits.size >= MOST_REMEMBERED) splits.clear();
      try {
        const { borderToken } = tokenizeProbe(tokenizer, prompt, continuation);
        found = borderToken === undefined ? {} : { borderToken };
      } catch (error) {
        found = { failure: toFailure(error) };
      }
      splits.set(key, found);
    }
    return found;
  };
  const made = { sha256: tokenizer.sha256, split, stamp };
  loaded.set(folder, made);
  return made;
}
