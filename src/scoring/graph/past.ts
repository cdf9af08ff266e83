import { used } from './names';
import type { Graph } from './proto';

/** For each input that takes a cache, the output that hands it out with what was read added. */
export type Caches = ReadonlyMap<string, string>;

const PAST = /^past_key_values\.(?=\d)/;

/** In ONNX Runtime it goes on from a past with one token only, or in a batch of one row. */
const HALTING = 'GroupQueryAttention';

/**
 * Has a rewritten graph hand out its caches again, so that what texts have in common at their beginning can be read
 * once. They cost nothing: they are made on the way.
 * @param original the graph as it was, with an output `present.N.key` for each input `past_key_values.N.key`
 * @returns no caches where it does not make all that it takes, takes no notice of them, or cannot go on with several rows
 */
export function handOutCaches(graph: Graph, original: Graph): { graph: Graph; caches: Caches } {
  if (graph.nodes.some(({ op }) => op === HALTING)) return { graph, caches: new Map() };
  const mentioned = new Set(graph.nodes.flatMap(used));
  const made = new Set(graph.nodes.flatMap(({ outputs }) => outputs));
  const inputs = original.inputs.filter(({ name }) => PAST.test(name));
  const outputs = inputs.flatMap(({ name }) => {
    const output = original.outputs.find((one) => one.name === name.replace(PAST, 'present.'));
    return output !== undefined && mentioned.has(name) && made.has(output.name) ? [output] : [];
  });
  if (outputs.length < inputs.length) return { graph, caches: new Map() };
  return {
    graph: { ...graph, outputs: [...graph.outputs, ...outputs] },
    caches: new Map(inputs.map(({ name }, i) => [name, outputs[i]!.name])),
  };
}
