/** What stands in a cell of a log of named columns, as CSV, JSON or Parquet give it. */

/** An id; numbers are taken as they are written. */
export function wordIn(cell: unknown): string | undefined {
  if (typeof cell === 'string') return cell === '' ? undefined : cell;
  return typeof cell === 'bigint' || Number.isSafeInteger(cell) ? String(cell) : undefined;
}

/** A whole number of at least 0. @param textual whether numbers are written as texts */
export function stepIn(cell: unknown, textual: boolean): number | undefined {
  // pandas writes a column with gaps as 100.0.
  const value = textual && typeof cell === 'string' && /^\d+(\.0+)?$/.test(cell.trim()) ? Number(cell) : cell;
  const step = typeof value === 'bigint' ? Number(value) : value;
  return typeof step === 'number' && Number.isSafeInteger(step) && step >= 0 ? step : undefined;
}

const NUMBER = /^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/;

/** A number, NaN, null for an empty cell, or what is wrong with it, in words. */
export function numberIn(cell: unknown, textual: boolean): number | null | string {
  if (cell === null || cell === undefined) return null;
  if (typeof cell === 'bigint') return Number(cell);
  if (textual && typeof cell === 'string') {
    const text = cell.trim();
    if (text === '') return null;
    if (/^nan$/i.test(text)) return NaN;
    return NUMBER.test(text) ? finite(Number(text)) : `is no number: “${text.slice(0, 40)}”`;
  }
  return typeof cell === 'number' ? finite(cell) : `is no number but ${typeof cell}`;
}

function finite(value: number): number | string {
  return Math.abs(value) === Infinity ? 'is infinite, or beyond what a double can hold' : value;
}
