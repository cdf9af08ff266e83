import type { Names } from './names';
import type { Node } from './proto';

/** Whose operators are meant. */
export const DOMAINS = new Set(['', 'com.microsoft']);
/** Give each number what they make of that number alone. */
export const UNARY = new Set(
  'Identity Cast Tanh Erf Sqrt Sigmoid Relu Neg Exp Reciprocal Gelu FastGelu QuickGelu'.split(' '),
);
export const BINARY = new Set(['Add', 'Sub', 'Mul', 'Div', 'Pow']);

/**
 * The last dimensions of values, as far as they can be told without running the graph.
 * @param nodes in order
 */
export function widthsOf(nodes: readonly Node[], names: Names): (name: string) => number | undefined {
  const widths = new Map<string, number | undefined>();
  const makers = new Map<string, Node>();
  for (const node of nodes) {
    for (const output of node.outputs) makers.set(output, node);
    const [rows, columns] = matrixOf(node, names) ?? [];
    if (rows === undefined) continue;
    widths.set(node.inputs[0]!, rows);
    widths.set(node.outputs[0]!, columns);
  }
  const widthOf = (name: string): number | undefined => {
    const shape = names.shapeOf(name);
    if (shape !== undefined) return shape.at(-1) ?? 1;
    const node = makers.get(name);
    if (node === undefined || widths.has(name)) return widths.get(name);
    // Until it is known, so that a graph with a circle ends too.
    widths.set(name, undefined);
    const found = node.outputs[0] === name && DOMAINS.has(node.domain) ? widthFrom(node) : undefined;
    widths.set(name, found);
    return found;
  };
  const widthFrom = ({ op, inputs }: Node): number | undefined => {
    if (UNARY.has(op)) return widthOf(inputs[0] ?? '');
    // What is one wide is repeated as often as the other wants.
    if (BINARY.has(op)) return inputs.map(widthOf).find((width) => width !== undefined && width > 1);
    if (op.endsWith('LayerNormalization')) return widthOf(inputs[op.startsWith('Skip') ? 2 : 1] ?? '');
    return op === 'Reshape' ? lastOf(inputs[1] ?? '') : undefined;
  };
  /** Of the shape that something is given, where that number stands in the model. */
  const lastOf = (shape: string): number | undefined => {
    const maker = makers.get(shape);
    const last = names.integers(maker?.op === 'Concat' ? (maker.inputs.at(-1) ?? '') : shape)?.at(-1);
    // 0 and -1 say that it follows from what is reshaped.
    return last !== undefined && last > 0 ? last : undefined;
  };
  return widthOf;
}

/** Rows and columns of the constant that a node multiplies its first input by; undefined for other nodes. */
export function matrixOf(
  { op, domain, inputs, attributes }: Node,
  names: Names,
): [number, number] | undefined {
  const weights = inputs[1] ?? '';
  const shape = names.isConstant(weights) ? names.shapeOf(weights) : undefined;
  if (domain !== '' || shape?.length !== 2) return undefined;
  const [rows, columns] = shape as [number, number];
  const int = (name: string): number => attributes.get(name)?.int ?? 0;
  if (op === 'Gemm' && int('transA') === 0) return int('transB') === 0 ? [rows, columns] : [columns, rows];
  return op === 'MatMul' ? [rows, columns] : undefined;
}
