import fc from 'fast-check';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GATHERED } from '../../../src/scoring/graph/questions';
import { rewriteModel } from '../../../src/scoring/graph/rewrite';
import type { Measured, ModelText } from '../../../src/scoring/session/score';
import { openSession, type ModelSession } from '../../../src/scoring/session/session';
import { CACHE, difference, graphPath, measureAll, REFERENCE, texts, words } from '../graph/graphs';

/** Nats. */
const EXACT = 1e-5;
/** One of each kind of input and of each kind of arithmetic. */
const GRAPHS = ['ids-only', 'positions', 'past', 'soft-cap', 'nbits', 'integer', 'cast', 'two-layers'];
/** These read what texts begin with once. */
const WEAVING = [
  'cached',
  'cached-mask',
  'cached-ids',
  'cached-int32',
  'cached-groups',
  'cached-from-two',
  'cached-rotary',
  'cached-buffer',
];
/** In these a woven row would say something else. */
const OTHERS = ['cached-window', 'cached-alibi'];

const WORDS = 40;
const CONTEXT = 12;
const word = fc.nat(WORDS - 1);
const tokens = (least: number, most: number) => fc.array(word, { minLength: least, maxLength: most });
/** Prompts with what may follow them. */
const prompts = fc.array(
  fc.tuple(tokens(1, CONTEXT - 4), fc.array(tokens(1, 4), { minLength: 1, maxLength: 4 })),
  { minLength: 1, maxLength: 4 },
);

type Asked = Omit<ModelText, 'name'>;

function textsAfter(asked: readonly (readonly [number[], number[][]])[]): Asked[] {
  return asked.flatMap(([prompt, continuations]) =>
    continuations.map((one) => ({ ids: [...prompt, ...one], firstTarget: prompt.length })),
  );
}

function named(asked: readonly Asked[]): ModelText[] {
  return asked.map((one, i) => ({ ...one, name: `fact/${i}` }));
}

describe.each([...GRAPHS, ...WEAVING, ...OTHERS])('%s says of a text always the same', (name) => {
  const sessions: ModelSession[] = [];
  beforeAll(async () => {
    for (const threads of [1, 2])
      sessions.push(await openSession(graphPath(name), { threads, cache: CACHE, context: CONTEXT }));
  });
  afterAll(async () => {
    for (const session of sessions) await session.release();
  });

  it('however large the batch, whoever is in it, in whatever order, with however many threads', async () => {
    await fc.assert(
      fc.asyncProperty(
        prompts.map(textsAfter),
        fc.integer({ min: 1, max: 120 }),
        fc.infiniteStream(fc.nat()),
        fc.nat(1),
        async (asked, budget, order, which) => {
          const alone: Measured[] = [];
          for (const one of named(asked)) alone.push(...(await measureAll(sessions[0]!, [one], 1)));
          const places = new Map(asked.map((_, i) => [i, order.next().value ?? 0]));
          const shuffled = [...asked.keys()].sort((a, b) => places.get(a)! - places.get(b)!);
          const together = await measureAll(sessions[which]!, named(shuffled.map((i) => asked[i]!)), budget);
          const [a, b] = [shuffled.map((i) => alone[i]!.tokens), together.map(({ tokens }) => tokens)];
          expect(difference(b, a)).toBeLessThan(EXACT);
        },
      ),
      { numRuns: 40 },
    );
    // So many of one prompt are worth weaving, whatever was drawn before.
    const prompt = [1, 2, 3, 4, 5, 6, 7, 8];
    const many = textsAfter([[prompt, Array.from({ length: WORDS }, (_, i) => [i, WORDS - 1 - i, i])]]);
    await measureAll(sessions[0]!, named(many), 120);
    expect((sessions[0]!.weaving?.verified ?? 0) > 0).toBe(WEAVING.includes(name));
  });
});

describe('texts padded on the left', () => {
  it.each(['matmul', 'positions'])('%s says of them the same', async (name) => {
    const { rewritten } = rewriteModel(graphPath(name));
    if (typeof rewritten === 'string') throw new Error(rewritten);
    const session = await InferenceSession.create(rewritten.bytes);
    const rows = REFERENCE.texts.map((ids) => ids.slice(0, -1));
    const width = Math.max(...rows.map((row) => row.length));
    const filled = (value: (row: readonly number[], place: number) => number): Tensor =>
      new Tensor(
        'int64',
        BigInt64Array.from({ length: rows.length * width }, (_, i) => {
          const row = rows[Math.floor(i / width)]!;
          return BigInt(value(row, (i % width) - width + row.length));
        }),
        [rows.length, width],
      );
    const questions = REFERENCE.texts.flatMap((ids, row) =>
      ids.slice(1).map((id, i) => ({ id, position: row * width + width - ids.length + 1 + i })),
    );
    const vector = (values: readonly number[]): Tensor =>
      new Tensor('int64', BigInt64Array.from(values, BigInt), [values.length]);
    const found = await session.run(
      {
        input_ids: filled((row, place) => row[place] ?? 0),
        attention_mask: filled((_, place) => (place < 0 ? 0 : 1)),
        ...(name === 'positions' && { position_ids: filled((_, place) => Math.max(0, place)) }),
        [GATHERED.positions]: vector(questions.map(({ position }) => position)),
        [GATHERED.targets]: vector(questions.map(({ id }) => id)),
      },
      [GATHERED.logit, GATHERED.bestLogits, GATHERED.bestLogprobs],
    );
    const expected = REFERENCE.graphs[name]!.flat();
    const [logits, best, likeliest] = [GATHERED.logit, GATHERED.bestLogits, GATHERED.bestLogprobs].map(
      (output) => found[output]!.data as Float32Array,
    );
    const numbers = Array.from(logits!, (logit, i) => logit - best![5 * i]! + likeliest![5 * i]!);
    expect(numbers).toHaveLength(expected.length);
    for (const [i, { logprob }] of expected.entries()) {
      expect(Math.abs(numbers[i]! - logprob)).toBeLessThan(EXACT);
    }
    await session.release();
  });
});

describe('more questions than fit into memory at once', () => {
  it('are asked in turns', async () => {
    const session = await openSession(graphPath('matmul'), { threads: 1 });
    const rows = texts().map(({ ids }) => ids.slice(0, -1));
    const once = texts().flatMap(({ ids }, row) => ids.slice(1).map((id, place) => ({ row, place, id })));
    const many = Array.from({ length: 7000 }, () => once).flat();
    // 8 Mi logits of 40 words.
    expect(many.length).toBeGreaterThan((8 * 2 ** 20) / WORDS);
    const few = await session.ask(rows, once);
    const answers = await session.ask(rows, many);
    expect(answers).toHaveLength(many.length);
    for (const at of [0, once.length * 6000, many.length - once.length]) {
      const part = answers.slice(at, at + once.length);
      expect(words([part.map((one, i) => ({ id: once[i]!.id, ...one! }))])).toEqual(
        words([few.map((one, i) => ({ id: once[i]!.id, ...one! }))]),
      );
    }
    await session.release();
  });
});
