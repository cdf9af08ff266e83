import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { toFailure } from '../../core/failure';
import type { BatchLimits } from './batches';
import { pastOf, takeCaches, type Cache } from './caches';
import { fill, fixedSizes, mostRows } from '../graph/fixed';
import { CHOOSING } from '../graph/gather';
import { planInputs, type Batch } from '../graph/inputs';
import { GATHERED } from '../graph/questions';
import type { Rewritten } from '../graph/rewrite';
import { loadBytes, runFailure, wordsOf } from './runtime';
import type { Answer, Question, Rows, SessionOptions } from './session';

/** A rewritten graph: only what is asked for leaves ONNX Runtime. Where it is not what it was taken for, it says why. */
export interface Gathered {
  readonly vocabulary: number;
  readonly limits: Omit<BatchLimits, 'padding'>;
  /** Whether it hands out its caches, as `read` needs it. */
  readonly handsOut: boolean;
  /** @param after what has been read before each row */
  ask(
    rows: Rows,
    questions: readonly Question[],
    after?: readonly Cache[],
  ): Promise<readonly Answer[] | string>;
  /** As `ask`, and keeps the caches of each row's first tokens; undefined where they are of an unknown shape. */
  read(
    rows: Rows,
    questions: readonly Question[],
    keeps: readonly number[],
  ): Promise<{ answers: readonly Answer[]; caches: readonly Cache[] | undefined } | string>;
  release(): Promise<void>;
}

/** Tokens in a batch: with more, what a layer hands to the next no longer fits into the processor's cache. */
const TOKENS = 384;
/** Logits in memory at a time: 32 MB in each of the few tensors of that size. */
const MOST_LOGITS = 8 * 1024 * 1024;
const OUTPUTS = [
  GATHERED.logit,
  GATHERED.greater,
  GATHERED.best,
  GATHERED.bestLogits,
  GATHERED.bestLogprobs,
  GATHERED.sum,
  GATHERED.states,
] as const;

/**
 * @returns why ONNX Runtime does not take the graph, in words, where it does not: the plain one may still do
 * @throws FailureError `model-input`
 */
export async function openGathered(
  model: string,
  { bytes, folder, vocabulary, caches }: Rewritten,
  options: SessionOptions,
): Promise<Gathered | string> {
  const session = await loadBytes(bytes, folder, options).catch((error: unknown) => wordsOf(error));
  if (typeof session === 'string') return `ONNX Runtime does not take it rewritten (${session})`;
  try {
    const ours = new Set<string>([GATHERED.positions, GATHERED.targets]);
    const inputs = planInputs(
      session.inputMetadata.filter(({ name }) => !ours.has(name)),
      model,
      options.cache,
    );
    const fixed = fixedSizes(session.inputMetadata);
    const most = Math.max(1, Math.floor(MOST_LOGITS / vocabulary));
    const run = async (
      batch: Batch,
      questions: readonly Question[],
      more: readonly string[] = [],
    ): Promise<{ answers: Answer[]; found: InferenceSession.ReturnType } | string> => {
      const { rows, width } = batch;
      const feeds = Object.fromEntries([...inputs].map(([name, feed]) => [name, feed(batch)]));
      const answers: Answer[][] = [];
      let first: InferenceSession.ReturnType = {};
      for (let start = 0; start < questions.length; start += most) {
        const some = questions.slice(start, start + most);
        const found = await session
          .run({ ...feeds, ...questionFeeds(some, width) }, [...OUTPUTS, ...(start === 0 ? more : [])])
          .catch((error: unknown) => {
            if (toFailure(error).message.includes(CHOOSING)) return undefined;
            throw runFailure(error, model, width, options);
          });
        const sizes = found?.[GATHERED.states]?.data as BigInt64Array | undefined;
        const all = sizes?.every((size, i) => i % 2 === 1 || Number(size) === rows.length * width);
        if (found === undefined || all !== true) {
          return 'its last layer is not given the hidden states of all positions';
        }
        answers.push(answersFrom(found, some.length));
        if (start === 0) first = found;
      }
      return { answers: answers.flat(), found: first };
    };
    return {
      vocabulary,
      limits: { tokens: TOKENS, questions: most, rows: mostRows(fixed, TOKENS) },
      handsOut: caches.size > 0 && fixed.rows === undefined && fixed.width === undefined,
      async ask(rows, questions, after) {
        const past = after === undefined ? undefined : pastOf(after);
        const result = await run({ ...fill(rows, fixed), past }, questions);
        return typeof result === 'string' ? result : result.answers;
      },
      async read(rows, questions, keeps) {
        const batch = fill(rows, fixed);
        const result = await run(batch, questions, [...caches.values()]);
        if (typeof result === 'string') return result;
        const tensors = new Map([...caches].map(([input, output]) => [input, result.found[output]!]));
        return { answers: result.answers, caches: takeCaches(tensors, keeps, batch.width) };
      },
      release: () => session.release(),
    };
  } catch (error) {
    await session.release();
    throw error;
  }
}

function questionFeeds(questions: readonly Question[], width: number): InferenceSession.FeedsType {
  const vector = (values: readonly number[]): Tensor =>
    new Tensor('int64', BigInt64Array.from(values, BigInt), [values.length]);
  return {
    [GATHERED.positions]: vector(questions.map(({ row, place }) => row * width + place)),
    [GATHERED.targets]: vector(questions.map(({ id }) => id)),
  };
}

function answersFrom(found: InferenceSession.ReturnType, count: number): Answer[] {
  const floats = (name: string): Float32Array => found[name]!.data as Float32Array;
  const logit = floats(GATHERED.logit);
  const greater = floats(GATHERED.greater);
  const sum = floats(GATHERED.sum);
  const best = found[GATHERED.best]!.data as BigInt64Array;
  const bestLogits = floats(GATHERED.bestLogits);
  const bestLogprobs = floats(GATHERED.bestLogprobs);
  const each = best.length / count;
  return Array.from({ length: count }, (_, i) => {
    if (!Number.isFinite(sum[i])) return undefined;
    const first = i * each;
    const normalizer = bestLogits[first]! - bestLogprobs[first]!;
    return {
      logprob: logit[i]! - normalizer,
      rank: 1 + greater[i]!,
      best: Array.from({ length: each }, (_one, j) => ({
        id: Number(best[first + j]),
        logprob: bestLogits[first + j]! - normalizer,
      })),
    };
  });
}
