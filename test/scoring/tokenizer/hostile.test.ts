import fc from 'fast-check';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { FailureError } from '../../../src/core/failure';
import { tokenCounter } from '../../../src/scoring/tokenizer/count';
import { loadTokenizer } from '../../../src/scoring/tokenizer/load';
import { tokenizeProbe } from '../../../src/scoring/tokenizer/probe';
import { FIXTURES, rejection, temporaryFolder } from '../helpers';

const special = (id: number, content: string) => ({ id, content, normalized: false, special: true });

/** One of each kind of model, with all sorts of parts around it. */
const SEEDS: readonly object[] = [
  JSON.parse(readFileSync(join(FIXTURES, 'tokenizer.json'), 'utf8')) as object,
  {
    added_tokens: [special(0, '<unk>'), special(1, '<s>')],
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'NFKC' },
        { type: 'Prepend', prepend: '▁' },
        { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
      ],
    },
    pre_tokenizer: null,
    post_processor: {
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
      pair: [],
      special_tokens: { '<s>': { id: '<s>', ids: [1], tokens: ['<s>'] } },
    },
    decoder: { type: 'Sequence', decoders: [{ type: 'ByteFallback' }, { type: 'Fuse' }] },
    model: {
      type: 'BPE',
      unk_token: '<unk>',
      fuse_unk: true,
      byte_fallback: true,
      vocab: { '<unk>': 0, '<s>': 1, '▁': 2, m: 3, o: 4, n: 5, '▁m': 6, oo: 7, '<0x41>': 8 },
      merges: ['▁ m', 'o o'],
    },
  },
  {
    added_tokens: [special(0, '[UNK]'), special(1, '[CLS]'), special(2, '[SEP]')],
    normalizer: { type: 'BertNormalizer', lowercase: true, strip_accents: true, clean_text: true },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: { type: 'BertProcessing', sep: ['[SEP]', 2], cls: ['[CLS]', 1] },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: false },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      vocab: { '[UNK]': 0, '[CLS]': 1, '[SEP]': 2, the: 3, moon: 4, '##s': 5 },
    },
  },
  {
    added_tokens: [],
    normalizer: { type: 'Lowercase' },
    pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first' },
    post_processor: null,
    decoder: { type: 'Metaspace', replacement: '▁' },
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
  },
];

const folder = await temporaryFolder();

async function tryOut(definition: unknown, config: unknown): Promise<'refused' | 'split'> {
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(definition));
  writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify(config));
  try {
    const tokenizer = await loadTokenizer(folder);
    const { ids, firstTarget } = tokenizeProbe(tokenizer, 'the moon A', ' moons 月');
    expect(ids.every((id) => Number.isSafeInteger(id) && id >= 0)).toBe(true);
    expect(firstTarget).toBeGreaterThan(0);
    expect(firstTarget).toBeLessThan(ids.length);
    return 'split';
  } catch (error) {
    expect(error).toBeInstanceOf(FailureError);
    expect((error as FailureError).failure.file).toContain(folder);
    return 'refused';
  }
}

/** Replaces what stands at a place of a JSON value, found by a walk that takes `turns[depth]` at each level. */
function mutate(value: unknown, turns: readonly number[], put: unknown): unknown {
  const [turn, ...rest] = turns;
  if (turn === undefined || typeof value !== 'object' || value === null) return put;
  const keys = Object.keys(value);
  if (keys.length === 0) return put;
  const key = keys[turn % keys.length]!;
  const changed = mutate((value as Record<string, unknown>)[key], rest, put);
  return Array.isArray(value) ? value.with(Number(key), changed) : { ...value, [key]: changed };
}

const values = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    '',
    0,
    -1,
    1.5,
    1e300,
    [],
    {},
    true,
    '▁',
    ' ',
    '__proto__',
    'ByteLevel',
    'BPE',
  ),
  fc.jsonValue({ maxDepth: 2 }),
  fc
    .constantFrom('WordPiece', 'Unigram', 'Metaspace', 'FixedLength', 'Split', 'Sequence')
    .map((type) => ({ type })),
);

it('a damaged or hostile tokenizer splits where the text does, or is refused, and never fails otherwise', async () => {
  const seen = { refused: 0, split: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...SEEDS),
      fc.array(fc.tuple(fc.array(fc.nat(400), { minLength: 1, maxLength: 5 }), values), { maxLength: 2 }),
      fc.oneof(
        fc.constant({}),
        fc.record({
          add_bos_token: fc.oneof(fc.boolean(), fc.jsonValue()),
          bos_token: fc.constantFrom('<s>', '?', 3, { content: 'a' }),
        }),
      ),
      async (seed, mutations, config) => {
        const definition = mutations.reduce<unknown>(
          (value, [turns, put]) => mutate(value, turns, put),
          seed,
        );
        seen[await tryOut(definition, config)]++;
      },
    ),
    { numRuns: 1500 },
  );
  expect(seen.refused).toBeGreaterThan(100);
  expect(seen.split).toBeGreaterThan(100);
});

it('counts no tokens where it fails: scoring says why', async () => {
  const pre_tokenizer = { type: 'Split', pattern: { String: 'a' }, behavior: 'Sideways' };
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify({ ...SEEDS[0], pre_tokenizer }));
  writeFileSync(join(folder, 'tokenizer_config.json'), '{}');
  expect((await rejection(loadTokenizer(folder).then((one) => tokenizeProbe(one, 'ba', 'nana')))).code).toBe(
    'tokenizer-broken',
  );
  expect(tokenCounter(await loadTokenizer(folder))('nana', ' ')).toBe(0);
});

it('a pre-tokenizer that would cut for ever is refused', async () => {
  writeFileSync(
    join(folder, 'tokenizer.json'),
    JSON.stringify({ ...SEEDS[0], pre_tokenizer: { type: 'FixedLength', length: 0 } }),
  );
  expect(await rejection(loadTokenizer(folder))).toMatchObject({ code: 'tokenizer-unreadable' });
});

it('components within components without end are refused', async () => {
  const deep = 200_000;
  const normalizer = '{"type":"Sequence","normalizers":['.repeat(deep) + ']}'.repeat(deep);
  const definition = JSON.stringify({ ...SEEDS[0], normalizer: 'HERE' }).replace('"HERE"', normalizer);
  writeFileSync(join(folder, 'tokenizer.json'), definition);
  expect(await rejection(loadTokenizer(folder))).toMatchObject({ code: 'tokenizer-unreadable' });
});
