import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { toFailure, type Failure } from '../../core/failure';
import type { RunTokenizer, Split } from '../../core/probes/rules/rule';
import { fit } from './text';
import { endedWithin } from './bounded';
import { loadTokenizer, TOKENIZER_FILES, type ProbeTokenizer } from './load';
import { tokenizeProbe } from './probe';

/** A tokenizer as the rules of a probe file use it. */
export interface Splitter {
  readonly sha256: string;
  readonly split: RunTokenizer['split'];
}

/** Splits that are remembered, so that a keystroke costs one probe's tokens and not the file's. */
const MOST_REMEMBERED = 200_000;
/** A thousand times what a text takes. */
const LIMIT_MS = 2000;

const loaded = new Map<string, Splitter & { readonly stamp: string }>();

/**
 * Says where prompts and continuations meet in tokens, with the tokenizer of a folder, loaded once until its files
 * change. Where a text keeps it busy for too long, that is this text's failure, and of no other anything is said:
 * files of a folder that nobody trusts yet must not stop the editor.
 * @param context tokens that the model can look at; undefined where nobody knows
 * @throws FailureError as {@link loadTokenizer}
 */
export async function loadSplitter(folder: string, context: number | undefined): Promise<Splitter> {
  const stamps = TOKENIZER_FILES.map((name) =>
    stat(join(folder, name)).then(
      ({ mtimeMs, size }) => `${mtimeMs} ${size}`,
      () => 'missing',
    ),
  );
  const stamp = (await Promise.all(stamps)).join();
  const place = JSON.stringify([folder, context]);
  const known = loaded.get(place);
  if (known?.stamp === stamp) return known;

  const tokenizer = await loadTokenizer(folder);
  const splits = new Map<string, Split>();
  let isStuck = false;
  const split = (prompt: string, continuation: string): Split => {
    const key = `${prompt.length} ${prompt}${continuation}`;
    let found = splits.get(key);
    if (found === undefined) {
      if (isStuck) return {};
      if (splits.size >= MOST_REMEMBERED) splits.clear();
      found = endedWithin(LIMIT_MS, () => splitOne(tokenizer, context, prompt, continuation));
      isStuck = found === undefined;
      found ??= { failure: stuck(tokenizer) };
      splits.set(key, found);
    }
    return found;
  };
  const made = { sha256: tokenizer.sha256, split, stamp };
  loaded.set(place, made);
  return made;
}

function splitOne(
  tokenizer: ProbeTokenizer,
  context: number | undefined,
  prompt: string,
  continuation: string,
): Split {
  try {
    const { borderToken, cut } = fit(tokenizer, context, tokenizeProbe(tokenizer, prompt, continuation));
    return { ...(borderToken !== undefined && { borderToken }), ...(cut > 0 && { cut }) };
  } catch (error) {
    return { failure: toFailure(error) };
  }
}

function stuck({ file }: ProbeTokenizer): Failure {
  return {
    code: 'tokenizer-stuck',
    message: `The tokenizer was stopped after ${LIMIT_MS / 1000} s at this text; what else it would say is not known.`,
    file,
    remedy:
      'Look at the regular expressions of its pre-tokenizer and normalizer: scoring would not come to an end.',
  };
}
