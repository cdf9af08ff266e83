import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadTokenizer, tokenText, type ProbeTokenizer } from '../../../src/scoring/tokenizer/load';
import { tokenizeProbe } from '../../../src/scoring/tokenizer/probe';
import { failureOf, FIXTURES, rejection, temporaryFolder } from '../helpers';

/** The fixtures' byte-level tokenizer with some parts exchanged. */
async function variant(parts: object): Promise<ProbeTokenizer> {
  const definition = JSON.parse(await readFile(join(FIXTURES, 'tokenizer.json'), 'utf8')) as object;
  return written({ ...definition, ...parts });
}

async function written(definition: object): Promise<ProbeTokenizer> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(definition));
  return loadTokenizer(folder);
}

function target(tokenizer: ProbeTokenizer, prompt: string, continuation: string): string {
  const { ids, firstTarget } = tokenizeProbe(tokenizer, prompt, continuation);
  return ids
    .slice(firstTarget)
    .map((id) => tokenText(tokenizer, id))
    .join('|');
}

const special = (id: number, content: string) => ({ id, content, normalized: false, special: true });
const base = { added_tokens: [], normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null };

describe('a tokenizer that cannot be used', () => {
  it('is missing', async () => {
    const folder = await temporaryFolder();
    expect(await rejection(loadTokenizer(folder))).toMatchObject({
      code: 'tokenizer-missing',
      file: join(folder, 'tokenizer.json'),
    });
  });

  it.each([
    ['cut short', '{"model": {"type": "BPE", "vocab"'],
    ['a list', '[]'],
    ['empty', ''],
    ['another file', '{"architectures": ["GPT2LMHeadModel"]}'],
    ['of an unknown kind', JSON.stringify({ ...base, model: { type: 'Oracle' } })],
    ['without a vocabulary', JSON.stringify({ ...base, model: { type: 'BPE' } })],
  ])('is %s', async (_, text) => {
    const folder = await temporaryFolder();
    const file = join(folder, 'tokenizer.json');
    await writeFile(file, text);
    expect(await rejection(loadTokenizer(folder))).toMatchObject({ code: 'tokenizer-unreadable', file });
  });

  it('is a folder', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'tokenizer.json'));
    expect(await rejection(loadTokenizer(folder))).toMatchObject({ code: 'tokenizer-unreadable' });
  });

  it('has a damaged tokenizer_config.json', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'tokenizer.json'), await readFile(join(FIXTURES, 'tokenizer.json')));
    await writeFile(join(folder, 'tokenizer_config.json'), '{');
    expect(await rejection(loadTokenizer(folder))).toMatchObject({
      code: 'tokenizer-unreadable',
      file: join(folder, 'tokenizer_config.json'),
    });
  });
});

describe('a tokenizer that changes texts', () => {
  it('composes characters (NFC): the border is found in the composed text', async () => {
    const nfc = await variant({ normalizer: { type: 'NFC' } });
    expect(target(nfc, 'Cafe\u0301', ' cre\u0300me')).toBe(' |c|r|<0xC3>|<0xA8>|me');
  });

  it('composes characters over the border: refused', async () => {
    const nfc = await variant({ normalizer: { type: 'NFC' } });
    expect(failureOf(() => tokenizeProbe(nfc, 'Cafe', '\u0301 noir'))).toMatchObject({
      code: 'text-unalignable',
    });
  });

  it('takes ligatures and fractions apart (NFKC): the border is found in what comes of them', async () => {
    const nfkc = await variant({ normalizer: { type: 'NFKC' } });
    expect(target(nfkc, 'The ﬁrst ½', ' ﬂag').replaceAll('|', '')).toBe(' flag');
    expect(target(nfkc, 'Ｔｈｅ', '　ｍｏｏｎ').replaceAll('|', '')).toBe(' moon');
    expect(target(nfkc, 'a\u200d', '①②').replaceAll('|', '')).toBe('12');
    // One character becomes a space and an accent.
    expect(target(nfkc, 'e', '´ noir').replaceAll('|', '')).toBe(' <0xCC><0x81> noir');
  });

  it('takes characters apart (NFD), Hangul too; marks that change places over the border are refused', async () => {
    const nfd = await variant({ normalizer: { type: 'NFD' } });
    const written = (prompt: string, text: string) => {
      const { ids, firstTarget } = tokenizeProbe(nfd, prompt, text);
      return nfd.library.decode(ids.slice(firstTarget));
    };
    expect(written('각', '각')).toBe('각'.normalize('NFD'));
    expect(written('é', 'é')).toBe('é'.normalize('NFD'));
    expect(failureOf(() => tokenizeProbe(nfd, 'a\u0301', '\u0323b')).code).toBe('text-unalignable');
  });

  it('joins Hangul over the border (NFC): refused', async () => {
    const nfc = await variant({ normalizer: { type: 'NFC' } });
    expect(failureOf(() => tokenizeProbe(nfc, '하', '\u11ab')).code).toBe('text-unalignable');
  });

  it('merges spaces: refused where it merges over the border, right elsewhere', async () => {
    const merging = await variant({
      normalizer: { type: 'Replace', pattern: { Regex: ' {2,}' }, content: ' ' },
    });
    expect(target(merging, 'The   moons', ' of').replaceAll('|', '')).toBe(' of');
    expect(failureOf(() => tokenizeProbe(merging, 'The moons ', ' of')).code).toBe('text-unalignable');
  });

  it('leaves characters out (accents): right where they stand inside', async () => {
    const stripping = await variant({
      normalizer: { type: 'Sequence', normalizers: [{ type: 'NFD' }, { type: 'StripAccents' }] },
    });
    expect(target(stripping, 'Café', ' crème').replaceAll('|', '')).toBe(' creme');
    expect(failureOf(() => tokenizeProbe(stripping, 'Cafe', '\u0301')).code).toBe('text-unalignable');
  });

  it('writes everything in lower case', async () => {
    const lower = await variant({ normalizer: { type: 'Lowercase' } });
    expect(target(lower, 'THE MOONS', ' OF X').replaceAll('|', '')).toBe(' of x');
  });

  it('takes spaces away at the ends: refused where it did', async () => {
    const strip = await variant({ normalizer: { type: 'Strip', strip_left: true, strip_right: true } });
    expect(target(strip, 'The moons', ' of').replaceAll('|', '')).toBe(' of');
    expect(failureOf(() => tokenizeProbe(strip, ' The', ' moons')).code).toBe('text-unalignable');
    expect(failureOf(() => tokenizeProbe(strip, 'The moons', ' ')).code).toBe('text-unalignable');
  });

  it('does not know a character: refused', async () => {
    const tokenizer = await written({
      ...base,
      pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always' },
      decoder: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always' },
      model: {
        type: 'Unigram',
        unk_id: 0,
        vocab: [
          ['<unk>', 0],
          ['▁the', -1],
          ['▁moon', -1],
          ['s', -2],
          ['▁', -3],
        ],
      },
    });
    expect(target(tokenizer, 'the', ' moons')).toBe(' moon|s');
    expect(failureOf(() => tokenizeProbe(tokenizer, 'the', ' ☾'))).toMatchObject({
      code: 'text-unalignable',
    });
  });
});

describe('a tokenizer of another kind', () => {
  const wordPiece = {
    ...base,
    added_tokens: [special(0, '[UNK]'), special(1, '[CLS]'), special(2, '[SEP]')],
    pre_tokenizer: { type: 'WhitespaceSplit' },
    post_processor: { type: 'BertProcessing', sep: ['[SEP]', 2], cls: ['[CLS]', 1] },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: false },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      vocab: { '[UNK]': 0, '[CLS]': 1, '[SEP]': 2, the: 3, moon: 4, '##s': 5 },
    },
  };

  it('is laid beside the text by decoding; what it appends is dropped', async () => {
    const { ids, firstTarget } = tokenizeProbe(await written(wordPiece), 'the', ' moons');
    expect(ids).toEqual([1, 3, 4, 5]);
    expect(firstTarget).toBe(2);
  });

  it('is refused where decoding gives another text', async () => {
    const tokenizer = await written(wordPiece);
    expect(failureOf(() => tokenizeProbe(tokenizer, 'the', '  moons')).code).toBe('text-unalignable');
    expect(failureOf(() => tokenizeProbe(tokenizer, 'the', ' sun')).code).toBe('text-unalignable');
  });
});
