/** Zero-based, in UTF-16 code units, as VS Code counts. */
export interface LinePosition {
  readonly line: number;
  readonly character: number;
}

export interface Positions {
  readonly at: (offset: number) => LinePosition;
  /** Of a position beyond the end of its line or of the text, the end. */
  readonly offsetOf: (position: LinePosition) => number;
}

/** Turns offsets of a text into lines and characters and back; lines end with \n or \r\n. */
export function positionsOf(text: string): Positions {
  const starts = [0];
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) starts.push(end + 1);
  const lineOf = (offset: number) => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  return {
    at: (offset) => {
      const line = lineOf(offset);
      return { line, character: offset - starts[line]! };
    },
    offsetOf: ({ line, character }) => {
      const start = starts[line] ?? text.length;
      const end = (starts[line + 1] ?? text.length + 1) - 1;
      return Math.min(start + character, Math.max(start, end));
    },
  };
}
