import { constant, node, TYPES, value } from './build';
import type { Node, Value } from './proto';

/** Alternatives kept for each target token. */
export const BEST = 5;

/** All names that a rewritten graph has and the file has not begin so. */
export const PREFIX = 'knowledge_probes.';

/** What the rewritten graph is given besides the decoder's own inputs, and what it gives instead of logits. */
export const GATHERED = {
  /** int64 [N]: row × width + place of each wanted position. */
  positions: 'knowledge_probes.positions',
  /** int64 [N]: the token whose probability is asked for at each. */
  targets: 'knowledge_probes.targets',
  /** float32 [N, 1]: the token's logit. */
  logit: 'knowledge_probes.logit',
  /** float32 [N]: number of strictly greater logits. */
  greater: 'knowledge_probes.greater',
  /** int64 [N, 5]: the likeliest tokens, likeliest first. */
  best: 'knowledge_probes.best',
  /** float32 [N, 5]: their logits. */
  bestLogits: 'knowledge_probes.best_logits',
  /**
   * float32 [N, 5]: their ln p, nats. Only that of the likeliest is used, which is near zero: the others are had from
   * differences of logits in float64, since ln p far from zero is not exact to 1e-5 in float32.
   */
  bestLogprobs: 'knowledge_probes.best_logprobs',
  /** float32 [N]: sum of all logits; NaN or +∞ where one of them is. */
  sum: 'knowledge_probes.sum',
  /** int64 [2 × k]: of each tensor that positions are chosen from, how many it has, and their width. */
  states: 'knowledge_probes.states',
} as const;

/** Nodes that answer what is asked of the logits, whose last dimension is the vocabulary, in float32. */
export function questions(logits: string, vocabulary: number, opset: number): Node[] {
  const name = (part: string): string => PREFIX + part;
  const [all, targets, logprobs] = [name('logits'), name('target'), name('logprobs')];
  const sum = (input: string, output: string): Node =>
    opset < 13
      ? node('ReduceSum', [input], output, { axes: [1], keepdims: 0 })
      : node('ReduceSum', [input, name('axes')], output, { keepdims: 0 });
  return [
    constant(name('logits.shape'), [-1, vocabulary]),
    constant(name('target.shape'), [-1, 1]),
    constant(name('count'), [Math.min(BEST, vocabulary)]),
    ...(opset < 13 ? [] : [constant(name('axes'), [1])]),
    // ONNX Runtime multiplies float16 in float32; with the cast at once it does not round in between.
    node('Cast', [logits], name('logits.float32'), { to: TYPES.float32 }),
    node('Reshape', [name('logits.float32'), name('logits.shape')], all),
    node('Reshape', [GATHERED.targets, name('target.shape')], targets),
    node('GatherElements', [all, targets], GATHERED.logit, { axis: 1 }),
    node('LogSoftmax', [all], logprobs, { axis: 1 }),
    node('TopK', [all, name('count')], [GATHERED.bestLogits, GATHERED.best], {
      axis: 1,
      largest: 1,
      sorted: 1,
    }),
    node('GatherElements', [logprobs, GATHERED.best], GATHERED.bestLogprobs, { axis: 1 }),
    node('Greater', [all, GATHERED.logit], name('is_greater')),
    node('Cast', [name('is_greater')], name('ones'), { to: TYPES.float32 }),
    sum(name('ones'), GATHERED.greater),
    sum(all, GATHERED.sum),
  ];
}

/** The outputs of a rewritten graph. */
export function outputs(): Value[] {
  return [
    value(GATHERED.logit, TYPES.float32, ['positions', 1]),
    value(GATHERED.greater, TYPES.float32, ['positions']),
    value(GATHERED.best, TYPES.int64, ['positions', 'best']),
    value(GATHERED.bestLogits, TYPES.float32, ['positions', 'best']),
    value(GATHERED.bestLogprobs, TYPES.float32, ['positions', 'best']),
    value(GATHERED.sum, TYPES.float32, ['positions']),
    value(GATHERED.states, TYPES.int64, ['borders']),
  ];
}
