import { describe, expect, it } from 'vitest';
import type { ModelText } from '../../../src/scoring/session/score';
import { openSession, type ModelSession } from '../../../src/scoring/session/session';
import { CACHE, difference, graphPath, measureAll, words } from '../graph/graphs';

const PROMPT = [3, 1, 4, 1, 5, 9, 2];
/** Nats. */
const EXACT = 1e-5;

function after(prompt: readonly number[], ...continuations: readonly (readonly number[])[]): ModelText[] {
  return continuations.map((one, i) => ({
    ids: [...prompt, ...one],
    firstTarget: prompt.length,
    name: `fact/${i}`,
  }));
}

/** A session that counts the positions it is shown, and how often. */
function counted(session: ModelSession) {
  const count = { runs: 0, positions: 0, questions: 0 };
  const ask: ModelSession['ask'] = (rows, questions) => {
    count.runs++;
    count.positions += rows.flat().length;
    count.questions += questions.length;
    return session.ask(rows, questions);
  };
  return { count, session: { ...session, ask } };
}

describe('continuations of one token after one prompt', () => {
  it.each(['positions', 'integer', 'by-itself'])('are one row of %s, and exactly as alone', async (name) => {
    const texts = after(PROMPT, ...[...Array(8).keys()].map((id) => [id]), [7]);
    const opened = await openSession(graphPath(name), { threads: 1, cache: CACHE });
    const { session, count } = counted(opened);
    const found = (await measureAll(session, texts)).map(({ tokens }) => tokens);
    expect(count).toEqual({ runs: 1, positions: PROMPT.length, questions: 8 });
    const alone = [];
    for (const text of texts) alone.push(...(await measureAll(opened, [text])));
    const expected = alone.map(({ tokens }) => tokens);
    expect(words(found)).toEqual(words(expected));
    expect(difference(found, expected)).toBeLessThan(EXACT);
    await opened.release();
  });
});
