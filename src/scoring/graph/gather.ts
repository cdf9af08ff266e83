import { BEST } from '../softmax';
import { constant, node, TYPES, value } from './build';
import { ancestors, used } from './names';
import { findProjection, type Projection } from './projection';
import type { Graph, Model, Node, Value } from './proto';

/** What the rewritten graph is given besides the decoder's own inputs, and what it gives instead of logits. */
export const GATHERED = {
  /** int64 [N]: row × width + place of each wanted position. */
  positions: 'knowledge_probes.positions',
  /** int64 [N]: the token whose probability is asked for at each. */
  targets: 'knowledge_probes.targets',
  /** float32 [N, 1]: ln p(token), nats. */
  logprob: 'knowledge_probes.logprob',
  /** float32 [N]: number of strictly greater logits. */
  greater: 'knowledge_probes.greater',
  /** int64 [N, 5]: the likeliest tokens, likeliest first. */
  best: 'knowledge_probes.best',
  /** float32 [N, 5]: their ln p. */
  bestLogprobs: 'knowledge_probes.best_logprobs',
  /** float32 [N]: sum of all logits; finite where all of them are. */
  sum: 'knowledge_probes.sum',
  /** int64 [2]: how many hidden states there were to choose from, and their width. */
  states: 'knowledge_probes.states',
} as const;

/** Name of the node that chooses positions, as it stands in ONNX Runtime's messages. */
export const CHOOSING = 'knowledge_probes.hidden';
const PREFIX = 'knowledge_probes.';

/** Since opset 11 there are GatherElements and a TopK that says which of equal ones comes first. */
const OLDEST_OPSET = 11;

export interface Gathered {
  readonly model: Model;
  readonly vocabulary: number;
}

/**
 * Rewrites a decoder so that it says of chosen positions what the scorer wants to know, and nothing else: hidden states
 * are chosen before the vocabulary projection, log-softmax, rank and the best are taken in the graph. What only other
 * outputs need is left out. DESIGN section 8.
 * @param logits the output that holds the logits
 * @returns why this graph cannot be rewritten, in words that follow "since"
 */
export function gatherPositions(model: Model, logits: Value): Gathered | string {
  const { graph, opset } = model;
  if (opset < OLDEST_OPSET) return `its opset ${opset} is older than ${OLDEST_OPSET}`;
  const declared = logits.shape?.[2];
  const projection = findProjection(graph, logits.name, typeof declared === 'number' ? declared : undefined);
  if (typeof projection === 'string') return projection;
  if (graph.nodes.some(({ outputs }) => outputs.some((name) => name.startsWith(PREFIX)))) {
    return 'it has been rewritten before';
  }
  return {
    model: { ...model, graph: rewritten(graph, projection, opset) },
    vocabulary: projection.vocabulary,
  };
}

function rewritten(graph: Graph, projection: Projection, opset: number): Graph {
  const chain = chosen(projection);
  const ends = [...chain.nodes, ...tail(chain.logits, projection.vocabulary, opset)];
  const own = new Set(ends.flatMap(({ outputs }) => outputs));
  const before = ancestors(
    graph,
    ends.flatMap(used).filter((name) => !own.has(name)),
  );
  const nodes = [...before, ...ends];
  const needed = new Set(nodes.flatMap(used));
  const weights = new Set(graph.initializers.map(({ name }) => name));
  return {
    nodes,
    initializers: graph.initializers.filter(({ name }) => needed.has(name)),
    inputs: [
      // Before IR version 4 weights were inputs too.
      ...graph.inputs.filter(({ name }) => needed.has(name) || !weights.has(name)),
      value(GATHERED.positions, TYPES.int64, ['positions']),
      value(GATHERED.targets, TYPES.int64, ['positions']),
    ],
    outputs: outputs(),
    // The shapes of the chain are others now.
    notes: graph.notes.filter(({ name }) => !own.has(name)),
    rest: graph.rest,
  };
}

/** The projection of chosen states and what follows it; a name for the logits of the chosen positions. */
function chosen({ node: projection, width, after }: Projection): { nodes: Node[]; logits: string } {
  const flat = `${PREFIX}states.flat`;
  const shape = `${PREFIX}states.shape`;
  const [states = '', ...weights] = projection.inputs;
  const nodes = [
    constant(shape, [-1, width]),
    node('Reshape', [states, shape], flat),
    node('Shape', [flat], GATHERED.states),
    node('Gather', [flat, GATHERED.positions], CHOOSING, { axis: 0 }),
    { ...projection, inputs: [CHOOSING, ...weights] },
  ];
  let logits = projection.outputs[0]!;
  for (const { node: step, input } of after) {
    if (input === undefined) continue;
    nodes.push({ ...step, inputs: step.inputs.with(input, logits) });
    logits = step.outputs[0]!;
  }
  return { nodes, logits };
}

/** What is asked of the logits [N, vocabulary], in float32. */
function tail(logits: string, vocabulary: number, opset: number): Node[] {
  const name = (part: string): string => PREFIX + part;
  const [all, own, targets, logprobs] = [name('logits'), name('own'), name('target'), name('logprobs')];
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
    node('GatherElements', [all, targets], own, { axis: 1 }),
    node('LogSoftmax', [all], logprobs, { axis: 1 }),
    node('GatherElements', [logprobs, targets], GATHERED.logprob, { axis: 1 }),
    node('TopK', [all, name('count')], [name('best.logits'), GATHERED.best], {
      axis: 1,
      largest: 1,
      sorted: 1,
    }),
    node('GatherElements', [logprobs, GATHERED.best], GATHERED.bestLogprobs, { axis: 1 }),
    node('Greater', [all, own], name('is_greater')),
    node('Cast', [name('is_greater')], name('ones'), { to: TYPES.float32 }),
    sum(name('ones'), GATHERED.greater),
    sum(all, GATHERED.sum),
  ];
}

function outputs(): Value[] {
  return [
    value(GATHERED.logprob, TYPES.float32, ['positions', 1]),
    value(GATHERED.greater, TYPES.float32, ['positions']),
    value(GATHERED.best, TYPES.int64, ['positions', 'best']),
    value(GATHERED.bestLogprobs, TYPES.float32, ['positions', 'best']),
    value(GATHERED.sum, TYPES.float32, ['positions']),
    value(GATHERED.states, TYPES.int64, [2]),
  ];
}
