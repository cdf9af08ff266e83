import protobuf from 'protobufjs/minimal';
import { node, TYPES } from './build';
import { tag } from './encode';
import { used } from './names';
import { elementType, fieldsOf, type Model, type Node } from './proto';
import { PREFIX } from './questions';

const CONTRIBUTED = 'com.microsoft';

/** A transposition whose result only a product needs, as its second factor turned in the last two dimensions. */
interface Turning {
  /** What is multiplied by instead. */
  readonly factor: string;
  /** Makes it, where it is not there already. */
  readonly nodes: readonly Node[];
}

/**
 * Has products take their second factor as it is, where an exporter turned it for them. Of keys ONNX Runtime's own turning
 * jumps through memory, number by number, and took 2 to 6 % of all the time: they are left as queries and values are,
 * [batch, heads, length, size]. (Two transpositions in a row it would make one again.) An embedding that is the head's
 * weights too it would turn while the model is loaded, into memory of its own.
 */
export function withFactorsUnturned(model: Model): Model {
  const { graph } = model;
  const weights = new Set(
    graph.initializers.filter((tensor) => elementType(tensor) === TYPES.float32).map(({ name }) => name),
  );
  const turnings = new Map<string, Turning>();
  for (const each of graph.nodes) {
    const turning = turningOf(each, weights);
    if (turning !== undefined) turnings.set(each.outputs[0]!, turning);
  }
  const factorOf = ({ op, domain, inputs }: Node): string | undefined =>
    op === 'MatMul' && domain === '' ? turnings.get(inputs[1] ?? '')?.factor : undefined;
  if (!graph.nodes.some((each) => factorOf(each) !== undefined)) return model;
  const elsewhere = new Set([
    ...graph.nodes.flatMap((each) => (factorOf(each) === undefined ? used(each) : each.inputs.slice(0, 1))),
    ...graph.outputs.map(({ name }) => name),
  ]);
  const nodes = graph.nodes.flatMap((each): readonly Node[] => {
    const [output = ''] = each.outputs;
    const turning = turnings.get(output);
    if (turning !== undefined) return elsewhere.has(output) ? [each, ...turning.nodes] : turning.nodes;
    const factor = factorOf(each);
    if (factor === undefined) return [each];
    const product = node('FusedMatMul', [each.inputs[0]!, factor], output, { transB: 1 });
    return [{ ...product, domain: CONTRIBUTED }];
  });
  return importing(CONTRIBUTED, { ...model, graph: { ...graph, nodes } });
}

/** @param weights float32: of others ONNX Runtime makes what it can multiply, and then may do so while it runs */
function turningOf(
  { op, domain, inputs, outputs, attributes }: Node,
  weights: ReadonlySet<string>,
): Turning | undefined {
  if (op !== 'Transpose' || domain !== '') return undefined;
  const [input = ''] = inputs;
  switch (attributes.get('perm')?.ints.join()) {
    case '1,0':
      return weights.has(input) ? { factor: input, nodes: [] } : undefined;
    case '0,2,3,1': {
      const factor = `${PREFIX}keys.${outputs[0]}`;
      return { factor, nodes: [node('Transpose', inputs, factor, { perm: [0, 2, 1, 3] })] };
    }
    default:
      return undefined;
  }
}

/** With version 1 of a domain's operators, unless the model has some. */
function importing(domain: string, model: Model): Model {
  // ModelProto: field 8 opset_import; OperatorSetIdProto: fields 1 domain, 2 version.
  const said = model.rest.some((field) =>
    [...fieldsOf(field)].some(
      ({ number, reader }) =>
        number === 8 &&
        [...fieldsOf(reader.bytes())].some((inner) => inner.number === 1 && inner.reader.string() === domain),
    ),
  );
  if (said) return model;
  const entry = new protobuf.Writer().uint32(tag(1)).string(domain);
  entry.uint32(2 << 3).int64(1);
  const field = new protobuf.Writer().uint32(tag(8)).bytes(entry.finish()).finish();
  return { ...model, rest: [...model.rest, field] };
}
