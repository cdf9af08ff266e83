import { describe, expect, it } from 'vitest';
import type { ModelText } from '../../../src/scoring/session/score';
import { openSession } from '../../../src/scoring/session/session';
import { rejection } from '../helpers';
import { CACHE, difference, graphPath, measureAll, REFERENCE, texts, words } from '../graph/graphs';

const expectedOf = (name: string, some: readonly ModelText[]) =>
  some.map((text) => REFERENCE.graphs[name]![texts().findIndex(({ name: own }) => own === text.name)]!);

describe('rows that share a batch', () => {
  it.each(['runs-together', 'runs-together-plain'])(
    'are told apart where they run into one another, though the first is right: %s',
    async (name) => {
      // Of one length: nothing is padded, and only those behind another are wrong.
      const some = texts().filter(({ ids }) => ids.length === 5);
      expect(some).toHaveLength(2);
      const session = await openSession(graphPath(name), { threads: 1 });
      const found = (await measureAll(session, some)).map(({ tokens }) => tokens);
      expect(session.whyApart).toContain('nats off');
      expect(session.limits.rows).toBe(1);
      expect(difference(found, expectedOf(name, some))).toBeLessThan(1e-5);
      expect(words(found)).toEqual(words(expectedOf(name, some)));
      await session.release();
    },
  );

  it('are looked at again while all of them begin alike', async () => {
    const session = await openSession(graphPath('runs-together'), { threads: 1 });
    const [, , , , longest] = REFERENCE.texts;
    // One row alone, and then one behind its own beginning: what the first sees the second may see.
    const same = { ids: longest!.slice(0, 2), firstTarget: 1, name: 'same' };
    await session.ask([same.ids, same.ids], [{ row: 0, place: 0, id: 1 }]);
    const found = (await measureAll(session, texts())).map(({ tokens }) => tokens);
    expect(session.whyApart).toContain('nats off');
    expect(difference(found, REFERENCE.graphs['runs-together']!)).toBeLessThan(1e-5);
    await session.release();
  });

  it('are refused where a graph has another number of rows than one inside', async () => {
    const session = await openSession(graphPath('two-inside'), { threads: 1 });
    const some = texts().filter(({ ids }) => ids.length === 5);
    const failure = await rejection(measureAll(session, some));
    expect(failure).toMatchObject({ code: 'model-rows', file: graphPath('two-inside') });
    expect(failure.remedy).toContain('dynamic batch axis');
    await session.release();
  });

  it('are told apart too when they fail later', async () => {
    const name = 'three-rows';
    const session = await openSession(graphPath(name), { threads: 1 });
    await measureAll(session, texts().slice(0, 3));
    expect(session.whyApart).toBeUndefined();
    const found = (await measureAll(session, texts())).map(({ tokens }) => tokens);
    expect(session.whyApart).toMatch(/^with several it fails: .*3 by 6/);
    expect(difference(found, expectedOf(name, texts()))).toBeLessThan(1e-5);
    await session.release();
  });

  it('stay together where a graph bears it, roundings of float16 included', async () => {
    for (const name of ['matmul', 'float16', 'cached-float16', 'two-rows', 'fixed']) {
      const session = await openSession(graphPath(name), { threads: 1, cache: CACHE });
      await measureAll(session, texts());
      expect(session.whyApart).toBeUndefined();
      await session.release();
    }
  });

  it('that fail together and one by one fail with the words of one', async () => {
    const session = await openSession(graphPath('matmul'), { threads: 1 });
    // Longer than the graph's twelve places.
    const long = [0, 1].map((i) => ({
      ids: Array(20).fill(1) as number[],
      firstTarget: 1,
      name: `long/${i}`,
    }));
    await expect(
      measureAll(session, [long[0]!, { ...long[1]!, ids: [2, ...long[1]!.ids] }]),
    ).rejects.toMatchObject({
      failure: { code: 'model-run' },
    });
    expect(session.whyApart).toBeUndefined();
    await session.release();
  });
});
