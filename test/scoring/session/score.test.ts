import { afterAll, describe, expect, it } from 'vitest';
import { measure, type ModelText } from '../../../src/scoring/session/score';
import { openSession, type ModelSession } from '../../../src/scoring/session/session';
import { CACHE, difference, graphPath, measureAll, REFERENCE, words } from '../graph/graphs';

/** Nats. */
const EXACT = 1e-5;
/** So small a batch that reading three prompts once saves work. */
const BUDGET = 20;

function named(texts: readonly Omit<ModelText, 'name'>[]): ModelText[] {
  return texts.map((text, i) => ({ ...text, name: `fact/${i}` }));
}

const AFTER = named(REFERENCE.after.texts);
/** Positions of different rows, and of the three prompts. */
const APART = [...new Set(AFTER.map(({ ids }) => ids.slice(0, -1).join()))].reduce(
  (sum, row) => sum + row.split(',').length,
  0,
);
const PROMPTS = 8 + 7 + 8;

/** Counts what a session is shown. */
function counted(session: ModelSession) {
  const count = { read: 0, goneOn: 0, whole: 0, questions: 0 };
  const { sharing } = session;
  const positions = (rows: readonly (readonly number[])[]): number => rows.flat().length;
  const ask: ModelSession['ask'] = (rows, questions) => {
    count.whole += positions(rows);
    count.questions += questions.length;
    return session.ask(rows, questions);
  };
  if (sharing !== undefined) {
    const original = { ...sharing };
    sharing.read = (rows, questions, keeps) => {
      count.read += positions(rows);
      return original.read(rows, questions, keeps);
    };
    sharing.goOn = (caches, rows, questions) => {
      count.goneOn += positions(rows);
      return original.goOn(caches, rows, questions);
    };
  }
  return { count, session: { ...session, ask } };
}

describe('continuations of one token after one prompt', () => {
  it.each(['positions', 'integer', 'by-itself'])('are one row of %s, and exactly as alone', async (name) => {
    const prompt = [3, 1, 4, 1, 5, 9, 2];
    const ends = [...Array(8).keys(), 7];
    const texts = named(ends.map((id) => ({ ids: [...prompt, id], firstTarget: prompt.length })));
    const opened = await openSession(graphPath(name), { threads: 1, cache: CACHE });
    const { session, count } = counted(opened);
    const found = (await measureAll(session, texts)).map(({ tokens }) => tokens);
    expect(count).toEqual({ read: 0, goneOn: 0, whole: prompt.length, questions: 8 });
    const alone = [];
    for (const text of texts) alone.push(...(await measureAll(opened, [text])));
    const expected = alone.map(({ tokens }) => tokens);
    expect(words(found)).toEqual(words(expected));
    expect(difference(found, expected)).toBeLessThan(EXACT);
    await opened.release();
  });
});

const table: Record<string, unknown>[] = [];
afterAll(() => {
  console.table(table);
});

describe('prompts with several continuations, against NumPy in float64', () => {
  const ways: Readonly<Record<string, RegExp | undefined>> = {
    'cached-relu': undefined,
    'cached-grouped-op': undefined,
    'cached-wrong': /^going on from one reading changes log probabilities by \d/,
    'cached-failing': /^going on from one reading fails: .* out of data bounds/,
  };

  it.each(Object.keys(REFERENCE.after.graphs))('%s', async (name) => {
    const opened = await openSession(graphPath(name), { threads: 1, cache: CACHE });
    const { session, count } = counted(opened);
    const found = (await measureAll(session, AFTER, BUDGET)).map(({ tokens }) => tokens);
    const { sharing } = opened;
    const expected = REFERENCE.after.graphs[name]!;
    const { read, goneOn, whole } = count;
    const off = difference(found, expected);
    table.push({ graph: name, read, 'gone on': goneOn, whole, 'from NumPy': off.toExponential(1) });
    expect(words(found)).toEqual(words(expected));
    expect(off).toBeLessThan(EXACT);
    if (!(name in ways)) {
      expect(sharing).toMatchObject({ trusted: true, why: undefined });
      expect(read).toBe(PROMPTS);
      expect(read + goneOn + whole).toBeLessThan(APART / 2);
    } else {
      if (ways[name] === undefined) expect(sharing).toBeUndefined();
      else {
        expect(sharing).toMatchObject({ trusted: false });
        expect(sharing!.why).toMatch(ways[name]);
      }
      expect(whole).toBeGreaterThanOrEqual(APART);
    }
    await opened.release();
  });

  it('say of all of a text what it says alone', async () => {
    const session = await openSession(graphPath('cached'), { threads: 1 });
    const full = async (texts: readonly ModelText[]) => {
      const found: number[] = [];
      await measure(session, texts, {
        full: true,
        budget: BUDGET,
        onBatch: (done) => {
          for (const [i, one] of done) found[i] = one.full!;
        },
      });
      return found;
    };
    const together = await full(AFTER);
    expect(session.sharing?.trusted).toBe(true);
    for (const [i, text] of AFTER.entries()) {
      const [alone] = await full([text]);
      expect(Math.abs(together[i]! - alone!)).toBeLessThan(EXACT);
    }
    await session.release();
  });

  it('can be cancelled between runs, and the rest be done later', async () => {
    const session = await openSession(graphPath('cached'), { threads: 1 });
    const expected = REFERENCE.after.graphs['cached']!;
    for (let stopAt = 1; stopAt < 4; stopAt++) {
      const controller = new AbortController();
      const done = new Map<number, (typeof expected)[number]>();
      let batches = 0;
      await measure(session, AFTER, {
        budget: BUDGET,
        signal: controller.signal,
        onBatch: (some) => {
          for (const [i, { tokens }] of some) done.set(i, tokens);
          if (++batches === stopAt) controller.abort();
        },
      });
      expect(batches).toBe(stopAt);
      expect(done.size).toBeLessThan(AFTER.length);
      const left = AFTER.map((_, i) => i).filter((i) => !done.has(i));
      const rest = await measureAll(
        session,
        left.map((i) => AFTER[i]!),
        BUDGET,
      );
      for (const [j, i] of left.entries()) done.set(i, rest[j]!.tokens);
      const all = AFTER.map((_, i) => done.get(i)!);
      expect(difference(all, expected)).toBeLessThan(EXACT);
    }
    await session.release();
  });
});
