import { statSync } from 'node:fs';
import { DELIMITED, decodeValue } from './proto';
import { withWire, type Wire } from './wire';

/** Sizes of `input_ids` that stand in a graph as numbers, as when it was exported without dynamic axes. */
export interface FixedSizes {
  readonly rows: number | undefined;
  /** Tokens of a row. */
  readonly width: number | undefined;
}

interface Input {
  readonly name: string;
  readonly shape?: readonly (number | string)[] | undefined;
}

/** What a graph's inputs fix; mostly nothing. */
export function fixedSizes(inputs: readonly Input[]): FixedSizes {
  const shape = inputs.find(({ name }) => name === 'input_ids')?.shape ?? [];
  const sizeOf = (size: number | string | undefined): number | undefined =>
    typeof size === 'number' && size > 0 ? size : undefined;
  return { rows: sizeOf(shape[0]), width: sizeOf(shape[1]) };
}

/** Bytes of an input's name and type; no exporter writes a tenth of it. */
const LONGEST_INPUT = 16 << 10;
/** Before IR version 4 weights were inputs too. */
const MOST_INPUTS = 100_000;

/** Of the models that were looked at last: an editor asks at each change of its text. */
const widths = new Map<string, { readonly stamp: string; readonly width: number | undefined }>();
const MOST_WIDTHS = 1000;

/**
 * Tokens that a model takes, no more and no less, where its graph says so.
 * @param model path of the .onnx file; one that cannot be read says nothing here
 */
export function fixedWidth(model: string): number | undefined {
  try {
    const { size, mtimeMs, ino } = statSync(model);
    const stamp = [size, mtimeMs, ino].join(' ');
    const known = widths.get(model);
    if (known?.stamp === stamp) return known.width;
    const width = withWire(model, readWidth);
    if (widths.size >= MOST_WIDTHS) widths.clear();
    widths.set(model, { stamp, width });
    return width;
  } catch {
    return undefined;
  }
}

/** By the graph's inputs, without reading anything else. Undefined too for what is no model. */
function readWidth(wire: Wire): number | undefined {
  let left = MOST_INPUTS;
  try {
    for (const graph of wire.fields(0, wire.size)) {
      if (graph.number !== 7 || graph.wire !== DELIMITED) continue;
      for (const { number, wire: type, content, end } of wire.fields(graph.content, graph.end)) {
        if (number !== 11 || type !== DELIMITED || end - content > LONGEST_INPUT) continue;
        if (--left < 0) return undefined;
        const input = decodeValue(wire.bytes(content, end));
        if (input.name === 'input_ids') return fixedSizes([input]).width;
      }
    }
  } catch (error) {
    if ('code' in (error as Error)) throw error;
  }
  return undefined;
}

/** Rows in a batch at most. @param tokens in a batch, padding included */
export function mostRows({ rows, width }: FixedSizes, tokens: number): number {
  return rows ?? (width === undefined ? Infinity : Math.max(1, Math.floor(tokens / width)));
}

/**
 * A batch as the graph takes it: filled up with a row that is there already, of which nothing is asked.
 * @param rows at least one, and no more and no longer than the sizes allow
 */
export function fill(
  rows: readonly (readonly number[])[],
  fixed: FixedSizes,
): { readonly rows: readonly (readonly number[])[]; readonly width: number } {
  const missing = Math.max(0, (fixed.rows ?? 0) - rows.length);
  return {
    rows: [...rows, ...Array.from({ length: missing }, () => rows[0]!)],
    width: fixed.width ?? Math.max(...rows.map((row) => row.length)),
  };
}
