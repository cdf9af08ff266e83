import { constant, node, TYPES } from './build';
import { namesOf } from './names';
import { elementType, type Graph, type Model, type Node } from './proto';
import { PREFIX } from './questions';
import { matrixOf } from './widths';

/** Numbers of float32 after which the first-level cache comes round to the same set: 4096 bytes. */
const ROUND = 1024;
/** A line of the cache. */
const LINE = 16;
/** Columns of the product: of fewer the time that is saved is less than the copy takes. */
const FEWEST = 512;

/**
 * Has products with constant factors go over 16 numbers more, where they go over a multiple of 1024: the rows of their
 * first factor are then a multiple of 4096 bytes apart, and the twelve that ONNX Runtime's kernel for AVX-512 reads at
 * once push each other out of the first-level cache, for 8 to 11 % of such a product's time (Zen 4, 384 rows). The first
 * factor's rows go on with what they begin with, which costs less than to pad them. The second has zeros there, which
 * ONNX Runtime adds while it loads the model: 0.1 s more for each 100 to 150 MB, had back after some ten batches. (With
 * Pad it took longer, and up to a third more memory.)
 */
export function withoutAliasing(model: Model): Model {
  const { graph } = model;
  const names = namesOf(graph);
  const weights = floatWeights(graph);
  const made = new Set<string>();
  /** Those of the nodes that are not there yet. */
  const once = (nodes: readonly Node[]): Node[] =>
    nodes.filter(({ outputs: [output = ''] }) => !made.has(output) && made.add(output));
  const nodes = graph.nodes.flatMap((each): readonly Node[] => {
    const [first = '', second = '', ...others] = each.inputs;
    const [rows = 0, columns = 0] = (weights.has(second) ? matrixOf(each, names) : undefined) ?? [];
    if (rows === 0 || rows % ROUND !== 0 || columns < FEWEST) return [each];
    const turned = (each.attributes.get('transB')?.int ?? 0) !== 0;
    const long = lengthened(first);
    const widened = turned ? withZeros(second, 1, [columns, LINE]) : withZeros(second, 0, [LINE, columns]);
    const factors = [long, widened].map((steps) => steps.at(-1)!.outputs[0]!);
    return [...once([...long, ...widened]), { ...each, inputs: [...factors, ...others] }];
  });
  return made.size === 0 ? model : { ...model, graph: { ...graph, nodes } };
}

/** The last node gives the value with longer rows. */
function lengthened(rows: string): Node[] {
  const name = (part: string): string => `${PREFIX}line.${part}`;
  const begin = `${PREFIX}begin.${rows}`;
  return [
    constant(name('from'), [0]),
    constant(name('to'), [LINE]),
    constant(name('axis'), [-1]),
    node('Slice', [rows, name('from'), name('to'), name('axis')], begin),
    node('Concat', [rows, begin], `${PREFIX}long.${rows}`, { axis: -1 }),
  ];
}

/**
 * The last node gives the matrix with zeros behind it.
 * @param shape of the zeros
 */
function withZeros(matrix: string, axis: 0 | 1, shape: readonly [number, number]): Node[] {
  const zeros = `${PREFIX}zeros.${shape.join('x')}`;
  return [
    constant(`${zeros}.shape`, shape),
    // Of float32 where nothing else is said.
    node('ConstantOfShape', [`${zeros}.shape`], zeros),
    node('Concat', [matrix, zeros], `${PREFIX}widened.${axis}.${matrix}`, { axis }),
  ];
}

/**
 * Names of float32 that are weights to ONNX Runtime once it has loaded the model. What is dequantized is none: by that it
 * finds products of quantized numbers, and where it finds none it would add zeros to it for each batch anew.
 */
function floatWeights(graph: Graph): Set<string> {
  // From IR version 4 on, what is an input too may be given anew.
  const given = new Set(graph.inputs.map(({ name }) => name));
  const types = new Map<string, number>();
  for (const tensor of graph.initializers) {
    if (!given.has(tensor.name)) types.set(tensor.name, elementType(tensor));
  }
  for (const { op, domain, inputs, outputs, attributes } of graph.nodes) {
    const type = types.get(inputs[0] ?? '');
    if (domain !== '' || type === undefined) continue;
    if (op === 'Cast') types.set(outputs[0]!, attributes.get('to')?.int ?? 0);
    if (op === 'Identity' || op === 'Transpose') types.set(outputs[0]!, type);
  }
  return new Set([...types].filter(([, type]) => type === TYPES.float32).map(([name]) => name));
}
