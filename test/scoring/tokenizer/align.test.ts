import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alignTokens } from '../../../src/scoring/tokenizer/align';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const plain = (text: string) => ({ bytes: bytes(text), added: false });
const added = (text: string) => ({ bytes: bytes(text), added: true });

describe('tokens beside their text', () => {
  it('finds the end of each token', () => {
    expect(alignTokens([plain('The'), plain(' moon'), plain('s')], bytes('The moons'))).toEqual([3, 8, 9]);
  });

  it('counts bytes, so that one character may be spread over tokens', () => {
    const moon = bytes('月');
    const parts = [moon.subarray(0, 1), moon.subarray(1)].map((part) => ({ bytes: part, added: false }));
    expect(alignTokens(parts, moon)).toEqual([1, 3]);
  });

  it('lets a tokenizer put one space before the text', () => {
    expect(alignTokens([plain(' The'), plain(' moon')], bytes('The moon'))).toEqual([3, 8]);
    expect(alignTokens([plain(' '), plain('月')], bytes('月'))).toEqual([0, 3]);
  });

  it('takes a space that is in the text as the text’s', () => {
    expect(alignTokens([plain(' The')], bytes(' The'))).toEqual([4]);
    expect(alignTokens([plain('  '), plain('The')], bytes(' The'))).toEqual([1, 4]);
  });

  it('knows the space after an added token too', () => {
    const text = bytes('<s>The<s> moon');
    expect(alignTokens([added('<s>'), plain(' The'), added('<s>'), plain(' moon')], text)).toEqual([
      3, 6, 9, 14,
    ]);
  });

  it.each([
    ['a space in the middle', [plain('The'), plain(' '), plain('moon')], 'Themoon'],
    ['a changed letter', [plain('the')], 'The'],
    ['something left out', [plain('The')], 'The moon'],
    ['something more', [plain('The'), plain(' moon')], 'The'],
    ['two spaces before the text', [plain('  The')], 'The'],
    ['no tokens', [], 'The'],
  ])('refuses %s', (_, surfaces, text) => {
    expect(alignTokens(surfaces, bytes(text))).toBeUndefined();
  });

  it('finds every cut of every text, and refuses any text but that one', () => {
    const pieces = fc.array(fc.string({ unit: 'binary', minLength: 1 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(
        pieces,
        fc.boolean(),
        fc.string({ unit: 'binary', minLength: 1 }),
        (parts, space, other) => {
          const surfaces = [space ? ' ' + parts[0]! : parts[0]!, ...parts.slice(1)].map(plain);
          const text = bytes(parts.join(''));
          let end = 0;
          const ends = parts.map((part) => (end += bytes(part).length));
          expect(alignTokens(surfaces, text)).toEqual(ends);
          // Longer by at least one byte: no single inserted space explains it.
          expect(alignTokens(surfaces, bytes(parts.join('') + 'x' + other))).toBeUndefined();
        },
      ),
    );
  });
});
