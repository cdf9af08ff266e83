import { used, type Names } from './names';
import type { Node } from './proto';
import { BINARY, DOMAINS, matrixOf, UNARY, widthsOf } from './widths';

/** A graph's nodes, parted into what is needed at all positions and what only at those that are asked for. */
export interface Parted {
  readonly everywhere: readonly Node[];
  readonly chosen: readonly Node[];
  /** What the chosen nodes take from the others; at each, positions have to be chosen. */
  readonly border: readonly string[];
}

/** By the number of their inputs that differ from position to position; all others have to be constants. */
const MIXED: Readonly<Record<string, number>> = {
  MatMulNBits: 1,
  BiasGelu: 1,
  LayerNormalization: 1,
  SimplifiedLayerNormalization: 1,
  SkipLayerNormalization: 2,
  SkipSimplifiedLayerNormalization: 2,
};

/**
 * Finds what need not be done where nothing is asked: mostly what comes after the attention of the last layer, whose
 * keys and values are the last that other positions take part in. DESIGN section 8.
 * @param nodes all that is needed, in order
 * @param states name of the hidden states that are projected
 * @param alike names that are needed as they are
 */
export function partLastLayer(
  nodes: readonly Node[],
  names: Names,
  states: string,
  alike: readonly string[],
): Parted {
  const full = new Set(alike);
  const wanted = new Set([states]);
  const chosen: Node[] = [];
  const everywhere: Node[] = [];
  const widthOf = widthsOf(nodes, names);
  // Whoever looks at a node's results stands behind it, so that all that is asked of a node is known before it comes up.
  for (const node of nodes.toReversed()) {
    const isFull = node.outputs.some((name) => full.has(name));
    // Shapes of what is chosen are not asked for any more.
    if (!isFull && !node.outputs.some((name) => wanted.has(name))) continue;
    const places = isFull ? undefined : positionwise(node, names, widthOf);
    if (places === undefined) {
      everywhere.push(node);
      for (const name of used(node)) full.add(name);
      continue;
    }
    // What is chosen has two dimensions, whatever it had before.
    const kept =
      node.op === 'Reshape'
        ? { ...node, op: 'Identity', inputs: node.inputs.slice(0, 1), attributes: new Map<string, never>() }
        : node;
    chosen.push(kept);
    for (const [i, name] of kept.inputs.entries()) (places.includes(i) ? wanted : full).add(name);
  }
  const made = new Set(chosen.flatMap(({ outputs }) => outputs));
  return {
    everywhere: everywhere.reverse(),
    chosen: chosen.reverse(),
    border: [...wanted].filter((name) => !made.has(name)),
  };
}

/**
 * Which of a node's inputs differ from position to position, where its result at a position depends on theirs at the same
 * position only, whatever comes before the last dimension; undefined for other nodes.
 */
function positionwise(
  node: Node,
  names: Names,
  widthOf: (name: string) => number | undefined,
): readonly number[] | undefined {
  const { op, domain, inputs, attributes } = node;
  if (!DOMAINS.has(domain)) return undefined;
  const constantsFrom = (first: number): boolean =>
    inputs.slice(first).every((name) => name === '' || names.isConstant(name));
  if (UNARY.has(op)) return inputs.length === 1 || constantsFrom(1) ? [0] : undefined;
  if (BINARY.has(op)) {
    const moving = inputs.flatMap((name, i) => (names.shapeOf(name) === undefined ? [i] : []));
    const fixed = inputs.filter((_, i) => !moving.includes(i)).map((name) => names.shapeOf(name)!);
    const unmoved = moving.length > 0 && !moving.some((i) => names.isConstant(inputs[i]!));
    return unmoved && fixed.every((shape) => shape.slice(0, -1).every((n) => n === 1)) ? moving : undefined;
  }
  if (op === 'MatMul' || op === 'Gemm') {
    const bias = inputs[2] === undefined || inputs[2] === '' ? [] : names.shapeOf(inputs[2]);
    const alike = bias?.slice(0, -1).every((n) => n === 1) === true;
    return matrixOf(node, names) !== undefined && constantsFrom(2) && alike ? [0] : undefined;
  }
  if (op === 'Reshape') {
    const width = widthOf(inputs[0] ?? '');
    return width !== undefined && width === widthOf(node.outputs[0]!) ? [0] : undefined;
  }
  if (op === 'ReduceMean') {
    const axes = attributes.get('axes')?.ints ?? names.integers(inputs[1] ?? '');
    return axes?.length === 1 && axes[0] === -1 && attributes.get('keepdims')?.int !== 0 ? [0] : undefined;
  }
  const moving = MIXED[op];
  const last = (attributes.get('axis')?.int ?? -1) === -1;
  return moving !== undefined && last && constantsFrom(moving)
    ? Array.from({ length: moving }, (_, i) => i)
    : undefined;
}
