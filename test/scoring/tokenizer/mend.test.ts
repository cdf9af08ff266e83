import { Tokenizer } from '@huggingface/tokenizers';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mend } from '../../../src/scoring/tokenizer/mend';
import { FIXTURES } from '../helpers';

/** Hugging Face's own library in Rust, made by components.py. */
const { texts, pre_tokenizers, normalizers } = JSON.parse(
  readFileSync(join(FIXTURES, 'tokenizers', 'components.json'), 'utf8'),
) as {
  readonly texts: readonly string[];
  readonly pre_tokenizers: Record<string, { definition: object; pieces: readonly (readonly string[])[] }>;
  readonly normalizers: Record<string, { definition: object; texts: readonly string[] }>;
};

const bare = {
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: null,
  post_processor: null,
  decoder: null,
  model: { type: 'BPE', vocab: {}, merges: [] },
};

function mended(parts: object): Tokenizer {
  const definition = { ...bare, ...parts };
  const library = new Tokenizer(definition, {});
  mend(library, definition);
  return library;
}

describe('cut as in Rust', () => {
  it.each(Object.entries(pre_tokenizers))('%s', (_, { definition, pieces }) => {
    const { pre_tokenizer } = mended({ pre_tokenizer: definition });
    const cut = texts.map((text) => pre_tokenizer!.pre_tokenize(text, { section_index: 0 }));
    // The library keeps empty pieces, of which no tokens come.
    expect(cut.map((list) => list.filter((piece) => piece !== ''))).toEqual(pieces);
  });
});

describe('normalized as in Rust', () => {
  it.each(Object.entries(normalizers))('%s', (_, { definition, texts: normalized }) => {
    const { normalizer } = mended({ normalizer: definition });
    expect(texts.map((text) => normalizer!.normalize(text))).toEqual(normalized);
  });
});

it('a split of a kind that nobody knows is refused when it is used', () => {
  const pre_tokenizer = { type: 'Split', pattern: { String: 'a' }, behavior: 'Sideways', invert: false };
  const library = mended({ pre_tokenizer });
  expect(() => library.encode('banana')).toThrow(/Sideways/);
});
