import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isMendedSince } from '../../../src/scoring/tokenizer/mend';
import type { Definition } from '../../../src/scoring/tokenizer/definition';
import { loadTokenizer, type ProbeTokenizer } from '../../../src/scoring/tokenizer/load';
import { tokenizeProbe } from '../../../src/scoring/tokenizer/probe';
import { failureOf, FIXTURES, rejection, temporaryFolder } from '../helpers';

interface Cuts {
  readonly texts: readonly string[];
  readonly charsmaps: Readonly<Record<string, string>>;
  readonly models: Readonly<Record<string, object>>;
  readonly tokenizers: Readonly<Record<string, { definition: object; ids: readonly (readonly number[])[] }>>;
}

/** Hugging Face's own library in Rust, made by cuts.mjs. */
const json = readFileSync(join(FIXTURES, 'tokenizers', 'cuts.json'), 'utf8');
const { texts, charsmaps, models } = JSON.parse(json) as Cuts;
const { tokenizers } = JSON.parse(json, (key, value: unknown) => {
  if (key === 'model') return models[value as string];
  return key === 'precompiled_charsmap' ? charsmaps[value as string] : value;
}) as Cuts;

const folder = await temporaryFolder();

async function load(definition: object): Promise<ProbeTokenizer> {
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(definition));
  return loadTokenizer(folder);
}

function encode({ library }: ProbeTokenizer, text: string): readonly number[] | 'refused' {
  try {
    return library.encode(text, { add_special_tokens: false }).ids;
  } catch {
    return 'refused';
  }
}

/** Where it cannot be told which pieces stand at the beginning for Rust. */
const REFUSED: Readonly<Record<string, readonly string[]>> = {
  'first, replaced': ['ﬁ the', '…the'],
};

describe('cut as in Rust', () => {
  it.each(Object.entries(tokenizers))('%s', async (name, { definition, ids }) => {
    const tokenizer = await load(definition);
    const refused = new Set(REFUSED[name]);
    for (const [i, text] of texts.entries()) {
      expect(encode(tokenizer, text), JSON.stringify(text)).toEqual(refused.has(text) ? 'refused' : ids[i]);
    }
  });
});

describe('scored', () => {
  const target = async (name: string, prompt: string, continuation: string): Promise<string> => {
    const tokenizer = await load(tokenizers[name]!.definition);
    const { ids, firstTarget } = tokenizeProbe(tokenizer, prompt, continuation);
    return ids
      .slice(firstTarget)
      .map((id) => tokenizer.library.id_to_token(id))
      .join(' ');
  };

  it('what the vocabulary lacks by its bytes, where it has tokens for them', async () => {
    expect(await target('bytes', 'the', ' ☾')).toBe('▁ <0xE2> <0x98> <0xBE>');
    expect(await target('bytes', 'the\n', 'moon')).toBe('moon');
    const tokenizer = await load(tokenizers['bytes, but one']!.definition);
    expect(failureOf(() => tokenizeProbe(tokenizer, 'the', ' ☾')).code).toBe('text-unalignable');
  });

  it('an added token that is no word of its own by the letters of the longer word', async () => {
    expect(await target('single words', 'a', ' moons')).toBe('▁moons');
    expect(await target('single words', 'the-', 'moon')).toBe('moon');
  });

  it('what a normalizer replaces, laid beside the replacement', async () => {
    expect(await target('replacements', 'the', ' A ﬁ')).toBe('▁a ▁ h i');
    expect(await target('replacements', 'the', ' e\u0301')).toBe('▁ é');
  });
});

describe('refused', () => {
  const { definition } = tokenizers['replacements']!;
  const withCharsmap = (precompiled_charsmap: unknown) => ({
    ...definition,
    normalizer: { type: 'Precompiled', precompiled_charsmap },
  });
  const bytes = Buffer.from(charsmaps['rules']!, 'base64');

  it.each([
    ['missing', null],
    ['empty', ''],
    ['cut short', bytes.subarray(0, 2000).toString('base64')],
    ['without a trie', Buffer.alloc(8).toString('base64')],
    ['no text', Buffer.concat([bytes, Buffer.from([0xff])]).toString('base64')],
    ['pointing beyond themselves', Buffer.from([4, 0, 0, 0, 0, 0xff, 0xff, 0xff]).toString('base64')],
  ])('replacements that are %s', async (_, charsmap) => {
    expect((await rejection(load(withCharsmap(charsmap)))).code).toBe('tokenizer-unreadable');
  });

  it('a beginning that may be taken away, or be two', async () => {
    const parts = [
      { type: 'Split', pattern: { String: 'a' }, behavior: 'Removed', invert: false },
      { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first' },
    ];
    const pre_tokenizer = { type: 'Sequence', pretokenizers: parts };
    expect((await rejection(load({ ...definition, pre_tokenizer }))).code).toBe('tokenizer-unreadable');

    const words = [{ type: 'Whitespace' }, { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first' }];
    const twice = await load({
      ...definition,
      normalizer: { type: 'Prepend', prepend: '▁' },
      pre_tokenizer: { type: 'Sequence', pretokenizers: words },
    });
    // “▁” and “the” both stand there.
    expect(encode(twice, 'the')).toBe('refused');

    const stripped = {
      ...tokenizers['first, replaced']!.definition,
      normalizer: { type: 'Strip', strip_left: true, strip_right: false },
    };
    const tokenizer = await load(stripped);
    expect(encode(tokenizer, 'the')).not.toBe('refused');
    expect(encode(tokenizer, ' \tthe')).toBe('refused');
  });

  it('an added token that the model gives where it is none', async () => {
    const tokenizer = await load({
      normalizer: null,
      pre_tokenizer: { type: 'Digits', individual_digits: true },
      post_processor: null,
      decoder: null,
      model: { type: 'WordLevel', unk_token: '<unk>', vocab: { '<unk>': 0, '1': 1 } },
      added_tokens: [{ id: 2, content: 'moon', single_word: true, normalized: false, special: false }],
    });
    expect(encode(tokenizer, 'moon')).toEqual([2]);
    expect(encode(tokenizer, 'moon1')).toBe('refused');
  });

  it('an added token within the white space that another takes: Rust gives up', async () => {
    const { definition } = tokenizers['white space taken']!;
    const added_tokens = [
      { id: 900, content: 'll', rstrip: true, normalized: false },
      { id: 901, content: '\n', lstrip: true, normalized: false },
    ];
    const tokenizer = await load({ ...definition, added_tokens });
    expect(encode(tokenizer, '\n ll')).toEqual([901, expect.any(Number), 900]);
    expect(encode(tokenizer, 'll \n ')).toBe('refused');
  });
});

describe('scores made before', () => {
  const plain = {
    normalizer: { type: 'NFC' },
    pre_tokenizer: { type: 'ByteLevel' },
    model: { type: 'BPE', vocab: {} },
  };
  const metaspace = { type: 'Metaspace', replacement: '▁' };

  it.each<[string, Definition]>([
    ['byte level', plain],
    ['lower case', { ...plain, normalizer: { type: 'Lowercase' } }],
    ['added tokens', { ...plain, added_tokens: [{ content: 'a' }, { content: 'b', special: true }] }],
    ['byte fallback of BPE', { ...plain, model: { type: 'BPE', byte_fallback: true, vocab: {} } }],
    [
      'LLaMA’s normalizer',
      { normalizer: { type: 'Prepend' }, added_tokens: [{ content: '<s>' }], model: { vocab: { '<s>': 1 } } },
    ],
    ['Metaspace that does not split', { pre_tokenizer: { ...metaspace, split: false } }],
  ])('are kept: %s', (_, definition) => {
    expect(isMendedSince(definition)).toBe(false);
  });

  it.each<[string, Definition]>([
    ['single words', { ...plain, added_tokens: [{ content: 'a', single_word: true }] }],
    [
      'added tokens in lower case',
      { ...plain, normalizer: { type: 'Lowercase' }, added_tokens: [{ content: 'A' }] },
    ],
    ['white space taken', { ...plain, added_tokens: [{ content: 'a', rstrip: true }] }],
    [
      'added tokens of two kinds, not normalized',
      { added_tokens: [{ content: 'a' }, { content: 'b', special: true }] },
    ],
    ['Metaspace', { pre_tokenizer: metaspace }],
    ['first', { pre_tokenizer: { ...metaspace, split: false, prepend_scheme: 'first' } }],
    ['replacements', { normalizer: { type: 'Sequence', normalizers: [{ type: 'Precompiled' }] } }],
    ['Unigram', { ...plain, model: { type: 'Unigram', vocab: [] } }],
    [
      'an added token that the model lacks, with something put before',
      {
        normalizer: { type: 'Prepend' },
        added_tokens: [{ content: '月' }],
        model: { type: 'BPE', vocab: {} },
      },
    ],
  ])('get another key: %s', (_, definition) => {
    expect(isMendedSince(definition)).toBe(true);
  });

  it('the key is the hash of the tokenizer’s files and of the mend', async () => {
    const { definition } = tokenizers['bytes']!;
    const { sha256 } = await load(definition);
    const files = createHash('sha256').update(JSON.stringify([JSON.stringify(definition), undefined]));
    expect(sha256).toBe(
      createHash('sha256')
        .update(`${files.digest('hex')} mended`)
        .digest('hex'),
    );
  });
});
