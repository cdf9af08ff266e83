import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { toFailure } from '../../core/failure';
import type { BatchLimits } from './batches';
import { fill, fixedSizes, mostRows } from '../graph/fixed';
import { CHOOSING } from '../graph/gather';
import { planInputs, type Batch } from '../graph/inputs';
import { GATHERED } from '../graph/questions';
import type { Rewritten } from '../graph/rewrite';
import { idsOf } from './rows';
import { loadBytes, runFailure, wordsOf } from './runtime';
import type { Answer, Question, Rows, SessionOptions } from './session';
import type { WovenRow } from './woven';

/** A rewritten graph: only what is asked for leaves ONNX Runtime. Where it is not what it was taken for, it says why. */
export interface Gathered {
  readonly vocabulary: number;
  readonly limits: Omit<BatchLimits, 'padding'>;
  ask(rows: Rows, questions: readonly Question[]): Promise<readonly Answer[] | string>;
  /** As `ask`, of rows that are woven of several texts; for graphs that take them. */
  readonly askWoven: (
    rows: readonly WovenRow[],
    questions: readonly Question[],
  ) => Promise<readonly Answer[] | string>;
  release(): Promise<void>;
}

/** Tokens in a batch: with more, what a layer hands to the next no longer fits into the processor's cache. */
const TOKENS = 384;
/** The same elsewhere: a graphics card has more to do at a time. WebGPU on an H100: 5.1 s with 384, 3.2 with these. */
const TOKENS_ELSEWHERE = 1536;
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
  { bytes, folder, vocabulary }: Rewritten,
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
    const tokens = (options.provider ?? 'cpu') === 'cpu' ? TOKENS : TOKENS_ELSEWHERE;
    const run = async (batch: Batch, questions: readonly Question[]): Promise<Answer[] | string> => {
      const { rows, width } = batch;
      const feeds = Object.fromEntries([...inputs].map(([name, feed]) => [name, feed(batch)]));
      const answers: Answer[][] = [];
      for (let start = 0; start < questions.length; start += most) {
        const some = questions.slice(start, start + most);
        const found = await session
          .run({ ...feeds, ...questionFeeds(some, width) }, [...OUTPUTS])
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
      }
      return answers.flat();
    };
    return {
      vocabulary,
      limits: { tokens, questions: most, rows: mostRows(fixed, tokens) },
      ask: (rows, questions) => run(fill(rows, fixed), questions),
      askWoven: (rows, questions) => run({ ...fill(idsOf(rows), fixed), woven: rows }, questions),
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
    const first = i * each;
    const normalizer = bestLogits[first]! - bestLogprobs[first]!;
    // −∞, and what large negative numbers add up to, is what masks over the vocabulary leave.
    if (Number.isNaN(sum[i]) || sum[i] === Infinity || !Number.isFinite(logit[i]! - normalizer))
      return undefined;
    return {
      logprob: logit[i]! - normalizer,
      rank: 1 + greater[i]!,
      best: Array.from({ length: each }, (_one, j) => ({
        id: Number(best[first + j]),
        logprob: bestLogits[first + j]! - normalizer,
      })).filter(({ logprob }) => Number.isFinite(logprob)),
    };
  });
}
