import { isAscii } from 'node:buffer';
import { jsonFault } from './jsonFault';

/** A JSON value as Python writes it, with `NaN`. */
export interface PythonJson {
  /** With null where there is `NaN`. */
  readonly value: unknown;
  /** The same with Infinity where there is `NaN`; undefined where there is none. */
  readonly marked: unknown;
}

/** What is wrong in a text, and how many bytes after its beginning. */
export interface TextFault {
  readonly what: string;
  /** Undefined where it cannot be told. */
  readonly at: number | undefined;
}

export function textOf(bytes: Buffer): string {
  return bytes.toString(isAscii(bytes) ? 'latin1' : 'utf8');
}

/**
 * Parses JSON as Python's json module writes it: `NaN` is no JSON and means something else than null. Infinity is
 * refused.
 * @returns what is wrong where it is no such JSON
 */
export function parsePython(text: string): PythonJson | TextFault {
  try {
    return { value: JSON.parse(text), marked: undefined };
  } catch (error) {
    const withNull = replaceNaN(text, 'null');
    try {
      // A number too great for a double becomes Infinity too, but that would be seen where nothing is marked.
      if (withNull !== text)
        return { value: JSON.parse(withNull), marked: JSON.parse(replaceNaN(text, '1e999')) };
    } catch {
      // Something else is wrong too; the first of its faults is found below.
    }
    const fault = jsonFault(comparable(text));
    const what = fault?.what ?? (error instanceof Error ? error.message : String(error));
    return { what, at: fault === undefined ? undefined : bytesBefore(text, fault.at) };
  }
}

/** A member of both: NaN where it was. */
export function numberAt(value: unknown, marked: unknown): unknown {
  return value === null && marked === Infinity ? NaN : value;
}

/** The text with something else for each `NaN`, every character at its place; for {@link jsonFault}. */
export function comparable(text: string): string {
  return replaceNaN(text, '"N"');
}

export function bytesBefore(text: string, at: number): number {
  return Buffer.byteLength(text.slice(0, at));
}

/** Replaces every `NaN` that stands in no text. */
function replaceNaN(text: string, by: string): string {
  const pieces: string[] = [];
  let from = 0;
  let quote = text.indexOf('"');
  for (let nan = text.indexOf('NaN'); nan !== -1; nan = text.indexOf('NaN', nan)) {
    while (quote !== -1 && quote < nan) {
      const end = endOfText(text, quote);
      quote = text.indexOf('"', end);
      if (end > nan) nan = text.indexOf('NaN', end);
      if (nan === -1) return pieces.join('') + text.slice(from);
    }
    pieces.push(text.slice(from, nan), by);
    nan += 3;
    from = nan;
  }
  return pieces.join('') + text.slice(from);
}

/** Just after the quote that ends a text. @param start its first quote */
function endOfText(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let before = quote;
    while (text[before - 1] === '\\') before--;
    if ((quote - before) % 2 === 0) return quote + 1;
  }
  return text.length;
}
