import { toFailure } from '../../core/failure';
import type { Provider } from '../../protocol/scorer';
import { withoutAliasing } from './aliasing';
import { node, TYPES } from './build';
import { withFactorsUnturned } from './factors';
import { fixedSizes } from './fixed';
import { gatherPositions } from './gather';
import { findLogits } from './logits';
import { encodeModel } from './encode';
import { decodeModel, elementType, type Graph, type Model, type Value } from './proto';
import { readSkeleton } from './skeleton';
import { weave } from './weave';
import { placeWeights } from './weights';

/** A model that is to be loaded in place of the file. */
export interface Rewritten {
  /** ModelProto; its weights are in files of `folder`. */
  readonly bytes: Uint8Array;
  readonly folder: string;
  readonly vocabulary: number;
  /** Numbers in its weights. */
  readonly parameters: number;
  /** Whether it takes rows that are woven of several texts, or would if that were asked for. */
  readonly woven: boolean;
  readonly weaves: boolean;
}

export interface Reading {
  /** Why the file itself has to be run, in words that follow "since", where it has to. */
  readonly rewritten: Rewritten | string;
  /**
   * Whether numbers depend on who shares the batch: activations are quantized with one scale for all of a batch. Such a
   * graph has to be given one text at a time.
   */
  readonly alone: boolean;
  /** Whether something in it is float16, so that roundings are seen. */
  readonly coarse: boolean;
}

/** TensorProto.DataType of what logits can be. */
const FLOATS: Readonly<Record<number, string>> = { 1: 'float32', 10: 'float16' };

/**
 * Reads a model's graph and rewrites it to give what the scorer wants to know and no more.
 * @param file absolute path of the .onnx file
 * @param options provider: what will compute; weaving: whether it is to take woven rows, where it can
 */
export function rewriteModel(
  file: string,
  { provider = 'cpu', weaving = false }: { provider?: Provider | undefined; weaving?: boolean } = {},
): Reading {
  let [alone, coarse] = [false, false];
  try {
    const decoded = decodeModel(readSkeleton(file));
    const graph = withoutPast(decoded.graph);
    alone = quantizesTogether(graph);
    coarse = hasHalves(graph);
    const logits = logitsOf(graph.outputs, file);
    const gathered = gatherPositions({ ...decoded, graph }, logits);
    if (typeof gathered === 'string') return { rewritten: gathered, alone, coarse };
    // Of ONNX Runtime's own products other providers do not have all, and would hand them to the CPU.
    const model = provider === 'cpu' ? forCpu(gathered.model) : gathered.model;
    const { rows, width } = fixedSizes(graph.inputs);
    const isFixed = rows !== undefined || width !== undefined;
    const woven = alone || isFixed ? undefined : weave(model, coarse);
    const placed = placeWeights(weaving && woven !== undefined ? woven : model.graph, file);
    if (typeof placed === 'string') return { rewritten: placed, alone, coarse };
    const bytes = encodeModel({ ...model, graph: placed.graph });
    const { vocabulary } = gathered;
    const weaves = woven !== undefined;
    const parameters = graph.initializers.reduce(
      (sum, { dims }) => sum + dims.reduce((product, size) => product * size, 1),
      0,
    );
    return {
      rewritten: { bytes, folder: placed.folder, vocabulary, parameters, weaves, woven: weaving && weaves },
      alone,
      coarse,
    };
  } catch (error) {
    // ONNX Runtime has the last word on what is a model, and says why it is none.
    return {
      rewritten: `it cannot be read: ${toFailure(error).message.replace(/[. ]+$/, '')}`,
      alone,
      coarse,
    };
  }
}

function forCpu(model: Model): Model {
  const unturned = withFactorsUnturned(model);
  // Elsewhere ONNX Runtime's kernels read four rows at once, which do not get into each other's way.
  return process.arch === 'x64' ? withoutAliasing(unturned) : unturned;
}

function logitsOf(outputs: readonly Value[], model: string): Value {
  const { name } = findLogits(
    outputs.map(({ name, type, shape }) => ({
      name,
      type: FLOATS[type ?? 0] ?? 'other',
      shape: shape ?? [],
    })),
    model,
  );
  return outputs.find((output) => output.name === name)!;
}

/**
 * Of a decoder that Optimum merged out of one for the start of a text and one that goes on from a past: the first, since
 * `use_cache_branch` is always false here.
 */
function withoutPast(graph: Graph): Graph {
  const at = graph.nodes.findIndex(({ op, inputs }) => op === 'If' && inputs[0] === 'use_cache_branch');
  const start = graph.nodes[at]?.attributes.get('else_branch')?.graph;
  if (start === undefined) return graph;
  // Optimum calls the outputs of the branches as those of the whole.
  const given = start.outputs.flatMap(({ name }, i) => {
    const outer = graph.nodes[at]!.outputs[i] ?? name;
    return outer === name ? [] : [node('Identity', [name], outer)];
  });
  return {
    ...graph,
    nodes: graph.nodes.toSpliced(at, 1, ...start.nodes, ...given),
    initializers: [...graph.initializers, ...start.initializers],
    notes: [...graph.notes, ...start.notes],
  };
}

/** float16 among its weights, in what it takes and gives, or made on the way. */
function hasHalves({ nodes, initializers, inputs, outputs }: Graph): boolean {
  return (
    initializers.some((tensor) => elementType(tensor) === TYPES.float16) ||
    [...inputs, ...outputs].some(({ type }) => type === TYPES.float16) ||
    nodes.some(({ op, attributes }) => op === 'Cast' && attributes.get('to')?.int === TYPES.float16)
  );
}

function quantizesTogether(graph: Graph): boolean {
  return graph.nodes.some(
    ({ op, attributes }) =>
      op.startsWith('DynamicQuantize') ||
      [...attributes.values()].some((one) => one.graph !== undefined && quantizesTogether(one.graph)),
  );
}
