import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jsonPieces } from '../../src/cli/output';

it('pieces of JSON are together what JSON.stringify gives, missing fields left out', () => {
  const value = fc.jsonValue({ depthSize: 'large', noUnicodeString: false });
  const some = fc.dictionary(
    fc.string(),
    fc.oneof(value, fc.constant(undefined), fc.constant([{ a: undefined, b: '\n' }])),
  );
  fc.assert(
    fc.property(fc.oneof(value, some), fc.nat(6), (given, levels) => {
      expect([...jsonPieces(given, levels)].join('')).toBe(JSON.stringify(given, null, 2));
    }),
    { numRuns: 500 },
  );
});
