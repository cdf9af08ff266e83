import type { TextEdit } from '../../../src/core/probes/problem';

/** A text with edits applied, as an editor would: all ranges are of the text before. */
export function applied(text: string, edits: readonly TextEdit[]): string {
  return edits
    .toSorted((a, b) => b.range.start - a.range.start)
    .reduce(
      (made, { range, text: piece }) => made.slice(0, range.start) + piece + made.slice(range.end),
      text,
    );
}
