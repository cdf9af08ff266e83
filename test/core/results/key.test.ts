import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { contentKey, contentKeys } from '../../../src/core/results/key';

const scorer = { model: 'a'.repeat(64), tokenizer: 'b'.repeat(64), options: 'bos' };

it('is the SHA-256 of the length-prefixed texts', () => {
  const text = { prompt: 'Jupiter’s moons', continuation: ' Callisto' };
  const hash = createHash('sha256');
  for (const part of [
    'knowledge-probes 1',
    scorer.model,
    scorer.tokenizer,
    'bos',
    text.prompt,
    text.continuation,
  ]) {
    const bytes = Buffer.from(part, 'utf8');
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(bytes.length));
    hash.update(length).update(bytes);
  }
  expect(contentKey(scorer, text)).toBe(hash.digest('hex'));
});

it('tells apart texts whose border has moved', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 6 });
  fc.assert(
    fc.property(text, text, text, (a, b, c) => {
      fc.pre(b !== '');
      expect(contentKey(scorer, { prompt: a + b, continuation: c })).not.toBe(
        contentKey(scorer, { prompt: a, continuation: b + c }),
      );
    }),
  );
});

it('gives the same key for a text again, whatever was asked in between', () => {
  const keys = contentKeys(scorer);
  const first = keys({ prompt: 'p', continuation: 'c' });
  expect(keys({ prompt: 'q', continuation: 'c' })).not.toBe(first);
  expect(keys({ prompt: 'p', continuation: 'c' })).toBe(first);
});
