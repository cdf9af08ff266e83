import { constant, node, TYPES, value } from './build';
import { namesOf, used, type Names } from './names';
import type { Graph, Model, Node } from './proto';
import { PREFIX } from './questions';

/** What a woven graph is given besides. */
export const WOVEN = {
  /** float32 [rows, 1, width, width], or [1, 1, 1, 1]: what is added to a place's attention to another. */
  sight: `${PREFIX}sight`,
  /** int64 [rows, width]: a token's place in its own text; only of graphs that number places themselves. */
  places: `${PREFIX}places`,
} as const;

/** Attention in one piece, which nothing can be added to, and what looks at neighbours or places in other ways. */
const CLOSED = /Attention$|RotaryEmbedding$|^Conv|^(?:Loop|Scan|LSTM|GRU|RNN)$/;
/** Since this opset there is CastLike. */
const CASTING = 15;
/** What may stand between attention's shares and the values that they weigh. */
const PASSING = new Set(['Cast', 'Identity', 'Dropout', 'Where']);

/**
 * Has a decoder take rows that are woven of several texts with a common beginning: each token sees its own text only, and
 * stands at its place in it. Then beginnings are read once, in graphs without caches too. What one token sees of another
 * is added to the scores before each Softmax whose result weighs values; places are given as `position_ids`, or chosen
 * from those that the graph numbers itself.
 * @param mixed whether some of it may be float16, and nobody knows what
 * @returns undefined where the graph does not show how; whether it works out has to be tried in any case
 */
export function weave({ graph, opset }: Model, mixed: boolean): Graph | undefined {
  if (graph.nodes.some(({ op }) => CLOSED.test(op))) return undefined;
  const shares = new Set(graph.nodes.filter((each) => weighsValues(each, graph)));
  const placed = withPlaces(graph);
  if (shares.size === 0 || placed === undefined) return undefined;
  // Elsewhere the scores are taken to be float32: if not, ONNX Runtime will not take the graph.
  const isCast = mixed && opset >= CASTING;
  const withSight = (scores: string): Node[] => {
    const seen = `${WOVEN.sight}.${scores}`;
    const sight = isCast ? `${seen}.alike` : WOVEN.sight;
    return [
      ...(isCast ? [node('CastLike', [WOVEN.sight, scores], sight)] : []),
      node('Add', [scores, sight], seen),
    ];
  };
  const masks = masksOf(placed, shares);
  const made = new Set<string>();
  const nodes = placed.nodes.flatMap((each) => {
    const mask = masks.get(each);
    const changed = mask ?? (shares.has(each) ? each.inputs[0] : undefined);
    if (changed === undefined) return [each];
    const adding = withSight(changed);
    const seen = adding.at(-1)!.outputs[0]!;
    const inputs = each.inputs.map((name) => (name === changed ? seen : name));
    const isThere = made.has(seen);
    made.add(seen);
    return [...(isThere ? [] : adding), { ...each, inputs }];
  });
  const sight = value(WOVEN.sight, TYPES.float32, ['woven', 'one', 'looking', 'seen']);
  return { ...placed, nodes, inputs: [...placed.inputs, sight] };
}

/**
 * The nodes that add a mask to the scores of one Softmax, and which of their inputs it is: the mask has no heads, and
 * layers share it, so that it takes less to add to it. These Softmax nodes leave `shares`.
 */
function masksOf({ nodes }: Graph, shares: Set<Node>): Map<Node, string> {
  const words = stemsFrom(nodes, 'input_ids');
  const looked = new Map<string, number>();
  for (const name of nodes.flatMap(used)) looked.set(name, (looked.get(name) ?? 0) + 1);
  const makers = new Map(nodes.flatMap((each) => each.outputs.map((name) => [name, each] as const)));
  const masks = new Map<Node, string>();
  for (const share of [...shares]) {
    const [scores = ''] = share.inputs;
    const maker = makers.get(scores);
    if (maker?.op !== 'Add' || maker.domain !== '' || looked.get(scores) !== 1) continue;
    const [mask, ...others] = maker.inputs.filter((name) => !words.has(name));
    if (mask === undefined || others.length > 0) continue;
    masks.set(maker, mask);
    shares.delete(share);
  }
  return masks;
}

/** Whether a node is the Softmax of attention; that of a router of experts leads to other things. */
function weighsValues({ op, domain, outputs, attributes }: Node, { nodes }: Graph): boolean {
  if (op !== 'Softmax' || domain !== '') return false;
  if (![-1, 3].includes(attributes.get('axis')?.int ?? -1)) return false;
  const leads = (name: string, steps: number): boolean =>
    nodes.some(
      (each) =>
        (each.op === 'MatMul' && each.inputs[0] === name) ||
        (steps > 0 &&
          PASSING.has(each.op) &&
          each.inputs.includes(name) &&
          leads(each.outputs[0] ?? '', steps - 1)),
    );
  return leads(outputs[0]!, PASSING.size);
}

/** Has tokens stand at the places that are given; undefined where it is not to be seen how they come by them. */
function withPlaces(graph: Graph): Graph | undefined {
  if (graph.nodes.some((each) => used(each).includes('position_ids'))) return graph;
  const names = namesOf(graph);
  const words = stemsFrom(graph.nodes, 'input_ids');
  const mask = stemsFrom(graph.nodes, 'attention_mask');
  const shape = `${WOVEN.places}.shape`;
  const nodes = graph.nodes.flatMap((each, i): readonly Node[] => {
    const name = (part: string): string => `${WOVEN.places}.${i}.${part}`;
    if (looksUpPlaces(each, names, words)) {
      const [data = '', numbered = ''] = each.inputs;
      return [
        // What the graph numbers may begin at two, as in OPT, and may be the same for all rows.
        node('Expand', [numbered, shape], name('numbered')),
        node('GatherElements', [name('numbered'), WOVEN.places], name('chosen'), { axis: 1 }),
        { ...each, inputs: [data, name('chosen')] },
      ];
    }
    if (!turnsPlaces(each, names) || each.inputs.some((name) => words.has(name) || mask.has(name)))
      return [each];
    const [turned = ''] = each.outputs;
    return [
      { ...each, outputs: [name('turned')] },
      // Of one row for all, or of the first. That there are three dimensions nobody has said: else this fails.
      node('Shape', [name('turned')], name('sizes')),
      constant(name('three'), [3]),
      node('Reshape', [name('sizes'), name('three')], name('checked')),
      constant(name('last'), [2]),
      constant(name('any'), [-1]),
      node('Gather', [name('checked'), name('last')], name('angles'), { axis: 0 }),
      node('Concat', [name('any'), name('angles')], name('flat.shape'), { axis: 0 }),
      node('Reshape', [name('turned'), name('flat.shape')], name('flat')),
      // A node's name stands in what it was made with; that of the output may be another's.
      { ...node('Gather', [name('flat'), WOVEN.places], name('placed'), { axis: 0 }), outputs: [turned] },
    ];
  });
  if (nodes.length === graph.nodes.length) return undefined;
  const places = value(WOVEN.places, TYPES.int64, ['rows', 'width']);
  return {
    ...graph,
    nodes: [node('Shape', ['input_ids'], shape), ...nodes],
    inputs: [...graph.inputs, places],
    // Their shapes may be others now.
    notes: [],
  };
}

/** Whether a node looks up what is learned of places: by numbers that do not come from the words. */
function looksUpPlaces(
  { op, domain, inputs, attributes }: Node,
  names: Names,
  words: ReadonlySet<string>,
): boolean {
  if (op !== 'Gather' || domain !== '' || (attributes.get('axis')?.int ?? 0) !== 0) return false;
  const [data = '', numbers = ''] = inputs;
  return (
    names.isConstant(data) &&
    names.shapeOf(data)?.length === 2 &&
    !names.isConstant(numbers) &&
    !words.has(numbers)
  );
}

/** Whether a node turns something into what keys and queries are rotated by: rows × width × angles, the same for all rows. */
function turnsPlaces({ op, domain, inputs }: Node, names: Names): boolean {
  return (op === 'Cos' || op === 'Sin') && domain === '' && !names.isConstant(inputs[0] ?? '');
}

/** What depends on a value, and not on its shape only. */
function stemsFrom(nodes: readonly Node[], source: string): ReadonlySet<string> {
  const stems = new Set([source]);
  for (const each of nodes) {
    if (each.op === 'Shape' || !used(each).some((name) => stems.has(name))) continue;
    for (const output of each.outputs) stems.add(output);
  }
  return stems;
}
