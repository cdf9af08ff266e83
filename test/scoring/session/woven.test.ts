import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rowsOf } from '../../../src/scoring/session/rows';
import { weaveRows, type WovenRow } from '../../../src/scoring/session/woven';

/** Few words, so that many texts begin alike. */
const texts = fc.array(
  fc
    .array(fc.nat(2), { minLength: 2, maxLength: 30 })
    .chain((ids) => fc.integer({ min: 1, max: ids.length - 1 }).map((first) => ({ ids, first }))),
  { maxLength: 40 },
);
const MOST = { tokens: 1000, questions: Infinity, longest: Infinity };

/** What a token of a woven row sees: itself and all before it that are not over yet. */
function seenFrom({ ids, until }: WovenRow, place: number): number[] {
  return ids.filter((_, i) => i <= place && until[i]! > place);
}

function alike(length: number, members: number, rest: number) {
  const beginning = Array.from({ length }, (_, i) => i);
  const ends = Array.from({ length: members }, (_, i) => Array.from({ length: rest }, () => 1000 + i));
  return rowsOf(ends.map((end) => ({ ids: [...beginning, ...end, 0], first: length })));
}

describe('woven rows', () => {
  it('show each token its own text, at its own place, and ask there what is asked', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 60 }), (asked, tokens) => {
        const rows = rowsOf(asked);
        const woven = weaveRows(rows, { ...MOST, tokens });
        const members = woven.flatMap((one) => one.members.map((member) => ({ one, member })));
        expect(new Set(members.map(({ member }) => member.row))).toEqual(new Set(rows));
        expect(members).toHaveLength(rows.length);
        for (const { one, member } of members) {
          const { row, asks } = member;
          for (const [i, { place, id }] of row.asks.entries()) {
            const there = one.asks[asks[i]!]!;
            expect(there.id).toBe(id);
            expect(one.places[there.place]).toBe(place);
            expect(seenFrom(one, there.place)).toEqual(row.ids.slice(0, place + 1));
          }
        }
        for (const { ids, places, until, asks } of woven) {
          expect([places.length, until.length]).toEqual([ids.length, ids.length]);
          expect(Math.max(...until)).toBe(ids.length);
          expect(new Set(asks.map(({ place, id }) => `${place} ${id}`)).size).toBe(asks.length);
        }
      }),
    );
  });

  it('have each beginning once', () => {
    const [row, ...others] = weaveRows(alike(20, 9, 3), MOST);
    expect(others).toEqual([]);
    expect(row!.ids).toHaveLength(20 + 9 * 3);
    expect(row!.members).toHaveLength(9);
  });

  it('are not made where they would be more work: what looks at what grows with the square', () => {
    expect(weaveRows(alike(2, 40, 50), MOST)).toHaveLength(40);
    expect(weaveRows(alike(0, 3, 5), MOST)).toHaveLength(3);
  });

  it('are no longer than they may be, or than twice a text', () => {
    const widths = (tokens: number, longest: number) =>
      weaveRows(alike(50, 30, 2), { ...MOST, tokens, longest }).map(({ ids }) => ids.length);
    expect(Math.max(...widths(60, Infinity))).toBeLessThanOrEqual(104);
    expect(widths(60, Infinity).length).toBeLessThan(5);
    expect(Math.max(...widths(200, 70))).toBeLessThanOrEqual(70);
    expect(widths(200, 51)).toEqual(Array(30).fill(52));
  });

  it('are asked no more than fits into memory at once', () => {
    const woven = weaveRows(alike(20, 9, 3), { ...MOST, questions: 10 });
    // Of each row three tokens and the last one's follower.
    expect(Math.max(...woven.map(({ asks }) => asks.length))).toBeLessThanOrEqual(10);
    expect(woven.length).toBeGreaterThan(1);
  });

  it('keep away from 4,096 tokens, from which on some models read otherwise', () => {
    const tokens = (length: number) => weaveRows(alike(length, 3, 10), { ...MOST, tokens: 384 });
    expect(tokens(4060)).toHaveLength(1);
    expect(tokens(4080).length).toBeGreaterThan(1);
    expect(tokens(4200)).toHaveLength(1);
  });
});
