import { ancestors, namesOf, type Names } from './names';
import type { Graph, Node } from './proto';

/** The step of a decoder that makes a number for each word of the vocabulary out of a hidden state. */
export interface Projection {
  readonly node: Node;
  readonly vocabulary: number;
  /** What happens between it and the logits, in order; each takes one name of the chain and gives the next. */
  readonly after: readonly Step[];
}

export interface Step {
  readonly node: Node;
  /** Which of the node's inputs is the chain's; undefined where the node changes nothing but the shape. */
  readonly input: number | undefined;
}

/** Give each number what they make of that number alone. */
const UNARY = new Set(['Identity', 'Cast', 'Tanh', 'Clip', 'Neg', 'Dropout']);
const BINARY = new Set(['Add', 'Sub', 'Mul', 'Div']);
const RESHAPING = new Set(['Reshape', 'Squeeze', 'Unsqueeze', 'Flatten']);

/**
 * Goes back from the logits to the vocabulary projection, as long as every number of the logits depends on the hidden
 * state of its own position only: then some positions can be had without the others.
 * @param declared the logits' last dimension, where the graph says it
 * @returns why it was not found, in words
 */
export function findProjection(
  graph: Graph,
  logits: string,
  declared: number | undefined,
): Projection | string {
  const names = namesOf(graph);
  const after: Step[] = [];
  for (let name = logits, node = names.producer(name); ; node = names.producer(name)) {
    // A damaged graph can go round in a circle.
    if (node === undefined || after.length > graph.nodes.length) {
      return 'its logits are no result of its own nodes';
    }
    const vocabulary = node.outputs[0] === name ? vocabularyOf(node, names) : undefined;
    if (vocabulary !== undefined) return checked(graph, names, { node, vocabulary, after }, declared);
    const step = node.outputs[0] === name ? stepOf(node, names) : undefined;
    const next = node.inputs[step?.input ?? 0];
    if (step === undefined || next === undefined) {
      return `its logits come from a node of the kind ${node.op}`;
    }
    after.unshift(step);
    name = next;
  }
}

/** Undefined for a node that no chain goes through. */
function stepOf(node: Node, names: Names): Step | undefined {
  const { op, domain, inputs } = node;
  if (domain !== '') return undefined;
  if (UNARY.has(op)) return { node, input: 0 };
  if (RESHAPING.has(op)) return { node, input: undefined };
  if (!BINARY.has(op)) return undefined;
  const known = inputs.map((name) => names.shapeOf(name) !== undefined);
  if (known[0] === known[1]) return undefined;
  return { node, input: known[0] === true ? 1 : 0 };
}

/** Results for each position, of a node that projects it; undefined for other nodes. */
function vocabularyOf(node: Node, names: Names): number | undefined {
  const { op, domain, inputs, attributes } = node;
  const int = (name: string): number => attributes.get(name)?.int ?? 0;
  const weights = names.isConstant(inputs[1] ?? '') ? names.shapeOf(inputs[1]!) : undefined;
  const others = inputs.slice(2).every((name) => name === '' || names.isConstant(name));
  if (op === 'MatMulNBits' && domain === 'com.microsoft') {
    return others && names.isConstant(inputs[1] ?? '') ? int('N') : undefined;
  }
  if (weights === undefined || weights.length < 2 || weights.slice(0, -2).some((n) => n !== 1)) {
    return undefined;
  }
  const [rows, columns] = weights.slice(-2) as [number, number];
  if (op === 'MatMul' && domain === '') return columns;
  if (op === 'Gemm' && domain === '' && others && int('transA') === 0) {
    return int('transB') === 0 ? columns : rows;
  }
  if (op === 'FusedMatMul' && domain === 'com.microsoft') {
    if (int('transA') !== 0 || int('transBatchA') !== 0 || int('transBatchB') !== 0) return undefined;
    return int('transB') === 0 ? columns : rows;
  }
  // Quantized as a whole: one scale for all positions, which therefore has to be found before any are left out.
  const whole = names.shapeOf(inputs[2] ?? '')?.length === 0 || (inputs[2] ?? '') === '';
  if (op === 'MatMulInteger' && domain === '' && whole && inputs.slice(3).every(names.isConstant)) {
    return columns;
  }
  return undefined;
}

/** @returns the projection, or why positions cannot be left out before it */
function checked(
  graph: Graph,
  names: Names,
  projection: Projection,
  declared: number | undefined,
): Projection | string {
  const { node, vocabulary, after } = projection;
  if (!(vocabulary > 0)) return 'the size of its vocabulary is not known';
  const reshaped = after.some(({ input }) => input === undefined);
  // A reshape that leaves the vocabulary last leaves the positions in their order.
  if (declared === undefined ? reshaped : declared !== vocabulary) {
    return 'the shape of its logits is not that of its projection';
  }
  const operands = [
    ...(node.op === 'Gemm' ? node.inputs.slice(2, 3) : []),
    ...after.flatMap((step) =>
      step.node.inputs.filter((_, i) => step.input !== undefined && i !== step.input),
    ),
  ].filter((name) => name !== '');
  for (const name of operands) {
    const shape = names.shapeOf(name);
    const fits =
      shape?.slice(0, -1).every((n) => n === 1) === true && [1, vocabulary, undefined].includes(shape.at(-1));
    if (!fits) return 'something is done to its logits that differs from position to position';
  }
  if (ancestors(graph, operands).includes(node)) return 'its logits are changed by themselves';
  return projection;
}
