import protobuf from 'protobufjs/minimal';
import { node } from './build';
import { tag } from './encode';
import { used } from './names';
import { fieldsOf, type Model, type Node } from './proto';
import { PREFIX } from './questions';

const CONTRIBUTED = 'com.microsoft';
/** [batch, length, heads, size] to [batch, heads, size, length]. */
const TURNED = '0,2,3,1';

/**
 * Leaves keys as queries and values are, [batch, heads, length, size], where they were turned for the product with the
 * queries, as PyTorch exports it: ONNX Runtime's product takes a factor turned, while its turning of keys jumps through
 * memory, number by number, and took 2 to 6 % of all the time. (Two transpositions in a row it would make one again.)
 */
export function withKeysInOrder(model: Model): Model {
  const { graph } = model;
  const keys = new Map(
    graph.nodes.filter(isTurning).map(({ inputs, outputs }) => [outputs[0]!, inputs[0]!] as const),
  );
  const isProduct = ({ op, domain, inputs }: Node): boolean =>
    op === 'MatMul' && domain === '' && keys.has(inputs[1] ?? '');
  if (!graph.nodes.some(isProduct)) return model;
  const elsewhere = new Set([
    ...graph.nodes.flatMap((each) => (isProduct(each) ? each.inputs.slice(0, 1) : used(each))),
    ...graph.outputs.map(({ name }) => name),
  ]);
  const nodes = graph.nodes.flatMap((each) => {
    const [output = ''] = each.outputs;
    if (isTurning(each)) {
      const straight = node('Transpose', each.inputs, inOrder(output), { perm: [0, 2, 1, 3] });
      return elsewhere.has(output) ? [each, straight] : [straight];
    }
    if (!isProduct(each)) return [each];
    const [queries = '', turned = ''] = each.inputs;
    const product = node('FusedMatMul', [queries, inOrder(turned)], output, { transB: 1 });
    return [{ ...product, domain: CONTRIBUTED }];
  });
  return importing(CONTRIBUTED, { ...model, graph: { ...graph, nodes } });
}

function inOrder(turned: string): string {
  return `${PREFIX}keys.${turned}`;
}

function isTurning({ op, domain, attributes }: Node): boolean {
  return op === 'Transpose' && domain === '' && attributes.get('perm')?.ints.join() === TURNED;
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
