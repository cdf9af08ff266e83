import { node, TYPES, value } from './build';
import { partLastLayer } from './lastLayer';
import { ancestors, namesOf, used } from './names';
import { findProjection, type Projection } from './projection';
import type { Graph, Model, Node, Value } from './proto';
import { GATHERED, outputs, PREFIX, questions } from './questions';

/** Names of nodes that choose positions begin so; they stand in ONNX Runtime's messages. */
export const CHOOSING = `${PREFIX}hidden`;

/** Since opset 11 there are GatherElements, a Flatten from the end, and a TopK that says which of equal ones is first. */
const OLDEST_OPSET = 11;

export interface Gathered {
  readonly model: Model;
  readonly vocabulary: number;
}

/**
 * Rewrites a decoder so that it says of chosen positions what the scorer wants to know, and nothing else: hidden states
 * are chosen as soon as no other position looks at them, at the latest before the vocabulary projection; log-softmax,
 * rank and the best are taken in the graph. What only other outputs need is left out. DESIGN section 8.
 * @param logits the output that holds the logits
 * @returns why this graph cannot be rewritten, in words that follow "since"
 */
export function gatherPositions(model: Model, logits: Value): Gathered | string {
  const { graph, opset } = model;
  if (opset < OLDEST_OPSET) return `its opset ${opset} is older than ${OLDEST_OPSET}`;
  const declared = logits.shape?.[2];
  const projection = findProjection(graph, logits.name, typeof declared === 'number' ? declared : undefined);
  if (typeof projection === 'string') return projection;
  if (graph.nodes.some(({ outputs: made }) => made.some((name) => name.startsWith(PREFIX)))) {
    return 'it has been rewritten before';
  }
  return {
    model: { ...model, graph: rewritten(graph, projection, opset) },
    vocabulary: projection.vocabulary,
  };
}

function rewritten(graph: Graph, projection: Projection, opset: number): Graph {
  const states = projection.node.inputs[0] ?? '';
  const end = endOf(projection);
  const made = new Set(end.flatMap(({ outputs: names }) => names));
  const alike = [...projection.node.inputs.slice(1), ...end.slice(1).flatMap(used)].filter(
    (name) => name !== '' && !made.has(name),
  );
  const needed = ancestors(graph, [states, ...alike]);
  const { everywhere, chosen, border } = partLastLayer(needed, namesOf(graph), states, alike);
  const inside = new Map(border.map((name, i) => [name, `${CHOOSING}.${i}`]));
  const renamed = [...chosen, ...end].map((each) => ({
    ...each,
    inputs: each.inputs.map((name) => inside.get(name) ?? name),
  }));
  const nodes = [
    ...everywhere,
    ...choice(inside),
    ...renamed,
    ...questions(end.at(-1)!.outputs[0]!, projection.vocabulary, opset),
  ];
  const mentioned = new Set(nodes.flatMap(used));
  const weights = new Set(graph.initializers.map(({ name }) => name));
  const changed = new Set(renamed.flatMap(({ outputs: names }) => names));
  return {
    nodes,
    initializers: graph.initializers.filter(({ name }) => mentioned.has(name)),
    inputs: [
      // Before IR version 4 weights were inputs too.
      ...graph.inputs.filter(({ name }) => mentioned.has(name) || !weights.has(name)),
      value(GATHERED.positions, TYPES.int64, ['positions']),
      value(GATHERED.targets, TYPES.int64, ['positions']),
    ],
    outputs: outputs(),
    // Their shapes are others now.
    notes: graph.notes.filter(({ name }) => !changed.has(name)),
    rest: graph.rest,
  };
}

/** The projection and what makes logits of its result, reshapes left out: positions keep their order without. */
function endOf({ node: projection, after }: Projection): Node[] {
  const nodes = [projection];
  for (const { node: step, input } of after) {
    if (input === undefined) continue;
    nodes.push({ ...step, inputs: step.inputs.with(input, nodes.at(-1)!.outputs[0]!) });
  }
  return nodes;
}

/** Nodes that take the wanted positions of tensors, whatever their dimensions before the last. */
function choice(names: ReadonlyMap<string, string>): Node[] {
  const shapes = [...names.values()].map((name) => `${name}.shape`);
  return [
    ...[...names].flatMap(([name, chosen]) => [
      node('Flatten', [name], `${chosen}.flat`, { axis: -1 }),
      node('Shape', [`${chosen}.flat`], `${chosen}.shape`),
      node('Gather', [`${chosen}.flat`, GATHERED.positions], chosen, { axis: 0 }),
    ]),
    node('Concat', shapes, GATHERED.states, { axis: 0 }),
  ];
}
