import { afterAll, describe, expect, it } from 'vitest';
import { measure, type Measured } from '../../../src/scoring/session/score';
import { openSession } from '../../../src/scoring/session/session';
import { rejection } from '../helpers';
import { CACHE, difference, graphPath, measureAll, REFERENCE, texts, words } from './graphs';

const PLAIN: Readonly<Record<string, RegExp>> = {
  'by-itself': /its logits come from a node of the kind ReduceMax|Div/,
  'two-layers': /a node of the kind Relu/,
  'cached-relu': /a node of the kind Relu/,
  'runs-together-plain': /a node of the kind Relu/,
  'ruled-out-plain': /a node of the kind Relu/,
  'three-rows': /is not given the hidden states/,
};
const APART: Readonly<Record<string, RegExp>> = {
  'fails-together': /with several it fails: .*Squeeze/,
  'three-rows': /with several it fails: .*3 by 6/,
  'runs-together': /in a batch log probabilities are \S+ nats off/,
  'runs-together-plain': /in a batch log probabilities are \S+ nats off/,
};
/** Nats. */
const FLOAT32 = 1e-5;
/**
 * ONNX Runtime multiplies float16 in float32. Logits that leave it as float16 are rounded, to numbers 0.004 apart where
 * they are below 8, and then there are ties; those that stay inside are not.
 */
const ROUNDED: Readonly<Record<string, number>> = { float16: 8e-3 };
/** What float16 caches hold may be rounded to the other of two numbers. */
const ROUNDED_INSIDE: Readonly<Record<string, number>> = { 'cached-float16': 1e-3 };

const table: Record<string, unknown>[] = [];
afterAll(() => {
  console.table(table);
});

describe('a decoder against NumPy in float64', () => {
  it.each(Object.keys(REFERENCE.graphs))('%s', async (name) => {
    const expected = REFERENCE.graphs[name]!;
    const vocabulary = name === 'four-words' ? 4 : undefined;
    const session = await openSession(graphPath(name), { threads: 1, cache: CACHE });
    const found = (await measureAll(session, texts(vocabulary))).map(({ tokens }) => tokens);
    const plain = await openSession(graphPath(name), { threads: 1, cache: CACHE, plain: true });
    const asItIs = (await measureAll(plain, texts(vocabulary))).map(({ tokens }) => tokens);
    table.push({
      fixture: name,
      path: session.why ?? session.path,
      'one at a time': session.whyApart ?? '',
      'from NumPy': difference(found, expected).toExponential(1),
      'from the plain graph': difference(found, asItIs).toExponential(1),
    });
    expect(session.path).toBe(name in PLAIN ? 'plain' : 'gathered');
    // Its hidden states are quantized by the range of a whole text.
    expect(session.leaks).toBe(name === 'integer');
    if (name in PLAIN) expect(session.why).toMatch(PLAIN[name]!);
    if (name in APART) expect(session.whyApart).toMatch(APART[name]!);
    else expect(session.whyApart).toBeUndefined();
    expect(difference(found, expected)).toBeLessThan(ROUNDED_INSIDE[name] ?? FLOAT32);
    expect(words(found)).toEqual(words(expected));
    expect(difference(found, asItIs)).toBeLessThan(ROUNDED[name] ?? FLOAT32);
    if (!(name in ROUNDED)) expect(words(found)).toEqual(words(asItIs));
    await session.release();
    await plain.release();
  });

  it('whose head is given the last position only is refused', async () => {
    const model = graphPath('last-only');
    for (const some of [texts(), texts().slice(0, 1), texts().slice(1, 2)]) {
      const session = await openSession(model, { threads: 1 });
      // A text of two tokens has one position, and that is the last.
      const longest = Math.max(...some.map(({ ids }) => ids.length));
      if (longest === 2) expect(await measureAll(session, some)).toHaveLength(1);
      else expect(await rejection(measureAll(session, some))).toMatchObject({ code: 'model-last-logits' });
      await session.release();
    }
  });

  it('that gives infinite logits is refused with the name of the probe', async () => {
    const session = await openSession(graphPath('infinite'), { threads: 1 });
    expect(session.path).toBe('gathered');
    const failure = await rejection(measureAll(session, texts()));
    expect(failure).toMatchObject({ code: 'logits-not-finite', file: graphPath('infinite') });
    expect(failure.message).toMatch(/fact\/text-\d/);
    await session.release();
  });

  it('that has no number for one word is asked for all other texts', async () => {
    const session = await openSession(graphPath('no-number'), { threads: 1 });
    const unanswered: number[] = [];
    const found: Measured[] = [];
    await measure(session, texts(), {
      onUnanswered: (index) => unanswered.push(index),
      onBatch: (done) => {
        for (const [i, one] of done) found[i] = one;
      },
    });
    expect(unanswered).toEqual([3]);
    for (const [i, expected] of REFERENCE.graphs['matmul']!.entries()) {
      if (i !== 3) expect(difference([found[i]!.tokens], [expected])).toBeLessThan(FLOAT32);
    }
    await session.release();
  });

  it('that fails on one text answers the others, whether that one comes first or last', async () => {
    const long = { ids: Array(20).fill(1) as number[], firstTarget: 1, name: 'fact/long' };
    for (const some of [
      [long, ...texts()],
      [...texts(), long],
    ]) {
      for (const budget of [undefined, 20]) {
        const session = await openSession(graphPath('matmul'), { threads: 1 });
        const failed: string[] = [];
        const found: Measured[] = [];
        await measure(session, some, {
          budget,
          onUnanswered: (index, { failure }) => failed.push(`${some[index]!.name} ${failure.code}`),
          onBatch: (done) => {
            for (const [i, one] of done) found[i] = one;
          },
        });
        expect(failed).toEqual(['fact/long model-run']);
        const others = some.flatMap((text, i) => (text === long ? [] : [found[i]!.tokens]));
        expect(difference(others, REFERENCE.graphs['matmul']!)).toBeLessThan(FLOAT32);
        await session.release();
      }
    }
  });

  it.each([
    ['sees-all', 'model-not-causal', /changes its log probability: /],
    ['random', 'model-random', /each time/],
    ['probabilities', 'model-output', /`logits` holds probabilities/],
  ])('that is none is refused, also with one text: %s', async (name, code, message) => {
    for (const some of [texts(), texts().slice(3, 4), texts().slice(5)]) {
      const session = await openSession(graphPath(name), { threads: 1 });
      const failure = await rejection(measureAll(session, some));
      expect(failure).toMatchObject({ code, file: graphPath(name) });
      expect(failure.message).toMatch(message);
      await session.release();
    }
  });

  it('whose caches nobody knows the size of is refused', async () => {
    const failure = await rejection(openSession(graphPath('past-float16'), { threads: 1 }));
    expect(failure).toMatchObject({ code: 'model-input', place: 'input past_key_values.0.key' });
    expect(failure.message).toContain('config.json');
  });
});
