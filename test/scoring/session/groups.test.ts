import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planSharing } from '../../../src/scoring/session/groups';
import { rowsOf, type AskedText } from '../../../src/scoring/session/rows';

const MOST = { questions: Infinity, rows: Infinity, padding: Infinity };

/** Prompts of few words, so that some begin alike, each with some continuations. */
const texts = fc
  .array(
    fc.tuple(
      fc.array(fc.nat(1), { minLength: 1, maxLength: 60 }),
      fc.array(fc.array(fc.nat(2), { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 9 }),
      fc.boolean(),
    ),
    { maxLength: 8 },
  )
  .map((prompts) =>
    prompts.flatMap(([prompt, continuations, full]) =>
      continuations.map((one): AskedText => {
        const { length } = prompt;
        return { ids: [...prompt, ...one], prompt: length, first: full ? 1 : length };
      }),
    ),
  );

function alike(count: number, prompt: number, continuations: number, length: number): AskedText[] {
  return Array.from({ length: count }, (_, i) =>
    Array.from({ length: continuations }, (_one, j) => ({
      ids: [...Array<number>(prompt).fill(i), ...Array<number>(length).fill(100 + j)],
      prompt,
      first: prompt,
    })),
  ).flat();
}

describe('what is read once', () => {
  it('gives every row all that it is asked, from tokens that are its own', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 400 }), (asked, tokens) => {
        const rows = rowsOf(asked);
        const units = planSharing(rows, { ...MOST, tokens }, 0);
        const members = units.flatMap(({ groups }) => groups.flatMap((group) => group.members));
        expect(new Set(members.map(({ row }) => row)).size).toBe(members.length);
        for (const { groups, keeps, batches } of units) {
          const steps = new Map(batches.flat().map((step) => [step.member, step]));
          expect(steps.size).toBe(batches.flat().length);
          for (const batch of batches) {
            expect(new Set(batch.map(({ group }) => keeps[group])).size).toBe(1);
            const widest = Math.max(...batch.map(({ rest }) => rest.ids.length));
            if (batch.length > 1) expect(batch.length * widest).toBeLessThanOrEqual(tokens);
          }
          for (const [g, { ids, asks, members: own }] of groups.entries()) {
            expect(keeps[g]).toBeLessThanOrEqual(ids.length);
            for (const member of own) {
              const { row, places } = member;
              const step = steps.get(member);
              expect(row.ids.slice(0, ids.length)).toEqual(ids);
              if (step !== undefined) expect([...ids.slice(0, keeps[g]), ...step.rest.ids]).toEqual(row.ids);
              const rest = (step?.rest.asks ?? []).map(({ place, id }) => ({ place: place + keeps[g]!, id }));
              const found = places.map((place) => (place === undefined ? rest.shift() : asks[place]));
              expect(found).toEqual(row.asks);
              expect(rest).toEqual([]);
            }
          }
        }
      }),
    );
  });

  it('is nothing where that saves nothing', () => {
    const limits = { ...MOST, tokens: 384 };
    expect(planSharing(rowsOf(alike(1, 40, 1, 3)), limits, 0)).toEqual([]);
    // Two rows of seven are one run; five and two times two are two.
    expect(planSharing(rowsOf(alike(1, 5, 2, 3)), limits, 0)).toEqual([]);
    // Nine rows of one token each are one row.
    expect(planSharing(rowsOf(alike(20, 40, 9, 1)), limits, 0)).toEqual([]);
    const many = rowsOf(alike(4, 40, 9, 3));
    expect(planSharing(many, limits, 0)).toHaveLength(1);
    expect(planSharing(many, limits, 5000)).toEqual([]);
  });

  it('goes on from a few tokens less where prompts then share a run', () => {
    const [unit] = planSharing(
      rowsOf(
        [...alike(1, 40, 9, 3), ...alike(1, 39, 9, 2), ...alike(1, 30, 9, 3)].map((text, i) => ({
          ...text,
          ids: [1000 + Math.floor(i / 9), ...text.ids.slice(1)],
        })),
      ),
      { ...MOST, tokens: 384 },
      0,
    );
    expect(unit!.keeps).toEqual([39, 39, 30]);
    expect(unit!.batches.map((batch) => batch.length)).toEqual([18, 9]);
  });

  it('never spans a length at which LongRoPE changes', () => {
    const limits = { ...MOST, tokens: 384 };
    for (const [prompt, shared] of [
      [4000, true],
      [4095, false],
      [4096, false],
      [4097, true],
    ] as const) {
      expect(planSharing(rowsOf(alike(1, prompt, 9, 4)), limits, 0)).toHaveLength(shared ? 1 : 0);
    }
  });
});
