import { int64s, type Graph, type Node, type Tensor } from './proto';

type Shape = readonly number[] | undefined;

/** Who makes which name in a graph, and what is known of it without running it. */
export interface Names {
  readonly producer: (name: string) => Node | undefined;
  /** Whether the value is the same whatever the graph is given. */
  readonly isConstant: (name: string) => boolean;
  /** The value's shape where it is the same whatever the graph is given. */
  readonly shapeOf: (name: string) => Shape;
  /** The numbers of a short list of int64 that stands in the model. */
  readonly integers: (name: string) => readonly number[] | undefined;
}

const ELEMENTWISE = new Set(['Mul', 'Div', 'Add', 'Sub']);

/** Looks through a graph once. */
export function namesOf(graph: Graph): Names {
  const producers = new Map<string, Node>();
  for (const node of graph.nodes) for (const output of node.outputs) producers.set(output, node);
  const inputs = new Set(graph.inputs.map(({ name }) => name));
  // Before IR version 4 initializers were inputs too, with the initializer as the default.
  const weights = new Map<string, Tensor>();
  for (const tensor of graph.initializers) weights.set(tensor.name, tensor);
  const constants = new Map<string, boolean>();

  const isConstant = (name: string): boolean => {
    if (weights.has(name)) return true;
    const node = producers.get(name);
    if (inputs.has(name) || node === undefined) return false;
    const known = constants.get(name);
    if (known !== undefined) return known;
    // Until it is known, so that a graph with a circle ends too.
    constants.set(name, false);
    const found =
      !node.op.startsWith('Random') &&
      subgraphs(node).length === 0 &&
      node.inputs.every((input) => input === '' || isConstant(input));
    constants.set(name, found);
    return found;
  };

  const shapes = new Map<string, Shape>();
  const shapeOf = (name: string): Shape => {
    const weight = weights.get(name);
    if (weight !== undefined) return weight.dims;
    const node = producers.get(name);
    if (node === undefined || shapes.has(name)) return shapes.get(name);
    shapes.set(name, undefined);
    const found = shapeFrom(node, name);
    shapes.set(name, found);
    return found;
  };
  const shapeFrom = (node: Node, name: string): Shape => {
    const [first = '', second = ''] = node.inputs;
    switch (node.op) {
      case 'Constant':
        return node.attributes.has('value') ? node.attributes.get('value')?.tensor?.dims : scalarOf(node);
      case 'Identity':
      case 'Cast':
      case 'DequantizeLinear':
        return shapeOf(first);
      case 'Transpose':
        return permuted(shapeOf(first), node.attributes.get('perm')?.ints);
      case 'DynamicQuantizeLinear':
        return name === node.outputs[0] ? undefined : [];
      default:
        return ELEMENTWISE.has(node.op) ? broadcast(shapeOf(first), shapeOf(second)) : undefined;
    }
  };

  const integers = (name: string): readonly number[] | undefined => {
    const tensor = weights.get(name) ?? producers.get(name)?.attributes.get('value')?.tensor;
    return tensor === undefined ? undefined : int64s(tensor);
  };

  return { producer: (name) => producers.get(name), isConstant, shapeOf, integers };
}

/** The nodes of a graph that `wanted` depends on, in the graph's order. */
export function ancestors(graph: Graph, wanted: readonly string[]): Node[] {
  const names = new Set(wanted);
  // Nodes stand behind those that they depend on (onnx.proto).
  return graph.nodes
    .toReversed()
    .filter((node) => {
      if (!node.outputs.some((output) => output !== '' && names.has(output))) return false;
      for (const name of used(node)) names.add(name);
      return true;
    })
    .reverse();
}

/** Every name that a node looks at, those in its branches included. */
export function used(node: Node): string[] {
  const inside = subgraphs(node).flatMap((graph) => [
    ...graph.nodes.flatMap(used),
    ...graph.outputs.map(({ name }) => name),
  ]);
  return [...node.inputs.filter((name) => name !== ''), ...inside];
}

function subgraphs(node: Node): Graph[] {
  return [...node.attributes.values()].flatMap(({ graph }) => (graph === undefined ? [] : [graph]));
}

function scalarOf({ attributes }: Node): Shape {
  return attributes.has('value_float') || attributes.has('value_int') ? [] : undefined;
}

function permuted(shape: Shape, order: Shape): Shape {
  if (shape === undefined) return undefined;
  return order === undefined ? shape.toReversed() : order.map((axis) => shape[axis] ?? 0);
}

function broadcast(a: Shape, b: Shape): Shape {
  if (a === undefined || b === undefined) return undefined;
  const rank = Math.max(a.length, b.length);
  const side = (shape: readonly number[], i: number): number => shape[i - rank + shape.length] ?? 1;
  return Array.from({ length: rank }, (_, i) => Math.max(side(a, i), side(b, i)));
}
