import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { measure, type Measured, type ModelText } from '../../../src/scoring/session/score';
import type { ModelSession } from '../../../src/scoring/session/session';
import { FIXTURES } from '../helpers';

const FOLDER = join(FIXTURES, 'graphs');

interface Token {
  readonly id: number;
  readonly logprob: number;
  readonly rank: number;
  readonly best: readonly { readonly id: number; readonly logprob: number }[];
}

/** NumPy's figures in float64, made by test/fixtures/scoring/graphs/make.py. */
export const REFERENCE = JSON.parse(readFileSync(join(FOLDER, 'reference.json'), 'utf8')) as {
  readonly texts: readonly (readonly number[])[];
  /** What the config.json of a model with such caches would say. */
  readonly config: { readonly num_key_value_heads: number; readonly head_dim: number };
  /** Of each graph's texts, every token that has something before it. */
  readonly graphs: Readonly<Record<string, readonly (readonly Token[])[]>>;
  /** Continuations of three prompts, and of those graphs that go on from a past what they say of the continuations. */
  readonly after: {
    readonly texts: readonly { readonly ids: readonly number[]; readonly firstTarget: number }[];
    readonly graphs: Readonly<Record<string, readonly (readonly Token[])[]>>;
  };
};

export const CACHE = { heads: REFERENCE.config.num_key_value_heads, size: REFERENCE.config.head_dim };

export function graphPath(name: string): string {
  return join(FOLDER, `${name}.onnx`);
}

/** The reference's texts; every token but the first is asked for. */
export function texts(vocabulary = Infinity): ModelText[] {
  return REFERENCE.texts.map((ids, i) => ({
    ids: vocabulary === Infinity ? ids : ids.map((id) => id % vocabulary),
    firstTarget: 1,
    name: `fact/text-${i}`,
  }));
}

/** What a session says of texts, in their order. */
export async function measureAll(
  session: ModelSession,
  asked: readonly ModelText[],
  budget?: number,
): Promise<Measured[]> {
  const found: Measured[] = [];
  await measure(session, asked, {
    budget,
    leastSaved: 0,
    onBatch: (done) => {
      for (const [i, one] of done) found[i] = one;
    },
  });
  return found;
}

/** Largest difference of any log probability, nats. */
export function difference(
  found: readonly (readonly Token[])[],
  expected: readonly (readonly Token[])[],
): number {
  const numbers = (tokens: readonly (readonly Token[])[]): number[] =>
    tokens.flat().flatMap(({ logprob, best }) => [logprob, ...best.map((one) => one.logprob)]);
  const theirs = numbers(expected);
  return Math.max(...numbers(found).map((number, i) => Math.abs(number - theirs[i]!)));
}

/** What has to be equal: tokens, ranks and the best. */
export function words(tokens: readonly (readonly Token[])[]): unknown {
  return tokens.map((text) =>
    text.map(({ id, rank, best }) => ({ id, rank, best: best.map((one) => one.id) })),
  );
}
