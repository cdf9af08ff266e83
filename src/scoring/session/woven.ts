import type { Woven } from '../graph/inputs';
import type { BatchLimits } from './batches';
import { askOnce, type Asked, type Row } from './rows';

/** A row woven of others that begin alike. */
export interface WovenRow extends Asked, Woven {
  readonly members: readonly Strand[];
}

/** A row within a woven one. */
export interface Strand {
  readonly row: Row;
  /** For each of the row's `asks` its place in the woven row's. */
  readonly asks: readonly number[];
}

/**
 * Places that look at places, as many as take as long as one more position: attention's part of the work grows with the
 * square of a row. On a GPT-2-small-shaped graph 1,000 to 2,000 did best; of smaller models attention is a larger part.
 */
const LOOKS = 1000;

/**
 * Weaves rows that begin alike where that leaves less to do: each token stands once for all rows that have it after the
 * same tokens. Rows that have nothing in common with another are left as they are, as woven ones of one strand.
 * @param limits tokens: of a woven row, or twice as many as its shortest strand has; longest: in any case; questions: to
 * a woven row
 */
export function weaveRows(
  rows: readonly Row[],
  { tokens, longest, questions }: Pick<BatchLimits, 'tokens' | 'questions'> & { readonly longest: number },
): WovenRow[] {
  const sorted = [...rows].sort((a, b) => compare(a.ids, b.ids));
  const woven: WovenRow[] = [];
  let strands: Row[] = [];
  let [width, shortest, asked] = [0, Infinity, 0];
  for (const [i, row] of sorted.entries()) {
    const { length } = row.ids;
    const common = i === 0 ? 0 : commonLength(sorted[i - 1]!.ids, row.ids);
    const wider = width + length - common;
    const looks = wider ** 2 - width ** 2 - length ** 2;
    const least = Math.min(shortest, length);
    const fits =
      wider <= Math.min(longest, Math.max(tokens, 2 * least)) &&
      asked + row.asks.length <= questions &&
      isOfOneKind(least, wider);
    if (strands.length > 0 && (!fits || common <= looks / LOOKS)) {
      woven.push(weave(strands));
      [strands, width, shortest, asked] = [[row], length, length, row.asks.length];
    } else {
      strands.push(row);
      [width, shortest, asked] = [wider, least, asked + row.asks.length];
    }
  }
  if (strands.length > 0) woven.push(weave(strands));
  return woven;
}

/** Weaves rows into one. @param rows in order, so that those that have more in common stand together */
export function weave(rows: readonly Row[]): WovenRow {
  const ids: number[] = [];
  const places: number[] = [];
  const until: number[] = [];
  const { asks, placeOf } = askOnce();
  /** Where the tokens of the last row stand. */
  let path: number[] = [];
  let before: readonly number[] = [];
  const members = rows.map((row): Strand => {
    const common = commonLength(before, row.ids);
    for (const place of path.slice(common)) until[place] = ids.length;
    path = path.slice(0, common);
    for (const id of row.ids.slice(common)) {
      places.push(path.length);
      path.push(ids.push(id) - 1);
    }
    before = row.ids;
    return { row, asks: row.asks.map(({ place, id }) => placeOf({ place: path[place]!, id })) };
  });
  for (const place of path) until[place] = ids.length;
  return { ids, places, until, asks, members };
}

function compare(a: readonly number[], b: readonly number[]): number {
  const common = commonLength(a, b);
  return (a[common] ?? -1) - (b[common] ?? -1);
}

function commonLength(a: readonly number[], b: readonly number[]): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}

/** Some models (LongRoPE) read texts longer than 4,096 tokens, or another power of two, in another way from the start. */
function isOfOneKind(shortest: number, longest: number): boolean {
  return longest <= 1024 || Math.clz32(shortest - 1) === Math.clz32(longest - 1);
}
