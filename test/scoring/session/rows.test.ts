import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rowsOf } from '../../../src/scoring/session/rows';

/** Few words, so that many texts begin alike. */
const texts = fc.array(
  fc
    .array(fc.nat(2), { minLength: 2, maxLength: 6 })
    .chain((ids) => fc.integer({ min: 1, max: ids.length - 1 }).map((first) => ({ ids, first }))),
);

describe('rows', () => {
  it('answer every text once, with every question once', () => {
    fc.assert(
      fc.property(texts, (asked) => {
        const rows = rowsOf(asked);
        expect(rows.flatMap((row) => [...row.texts.keys()]).toSorted((a, b) => a - b)).toEqual([
          ...asked.keys(),
        ]);
        for (const { ids, asks, texts: answered } of rows) {
          expect(new Set(asks.map(({ place, id }) => `${place} ${id}`)).size).toBe(asks.length);
          for (const [index, places] of answered) {
            const text = asked[index]!;
            expect(text.ids.slice(0, -1)).toEqual(ids);
            const expected = text.ids.slice(text.first).map((id, i) => ({ place: text.first - 1 + i, id }));
            expect(places.map((place) => asks[place])).toEqual(expected);
          }
        }
      }),
    );
  });

  it('are one for all continuations of one token after a prompt', () => {
    const rows = rowsOf([7, 8, 9, 7].map((last) => ({ ids: [1, 2, 3, last], first: 3 })));
    expect(rows).toHaveLength(1);
    expect(rows[0]!.asks).toEqual([7, 8, 9].map((id) => ({ place: 2, id })));
  });
});
