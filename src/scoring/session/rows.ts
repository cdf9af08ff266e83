import { groupBy } from '../../core/groupBy';
import type { Load } from './batches';
import type { Answer, Question, Rows } from './session';

/** Asks how likely a token is after the one at a place. */
export interface Ask {
  readonly place: number;
  readonly id: number;
}

/** Token ids as the model is shown them, with all that is asked of them, each question once. */
export interface Asked {
  readonly ids: readonly number[];
  readonly asks: readonly Ask[];
}

/** What answers texts that are shown alike. */
export interface Row extends Asked {
  /** The texts, by index, and for each of their tokens asked for its place in `asks`. */
  readonly texts: ReadonlyMap<number, readonly number[]>;
}

/** A text's ids, and the first of them that is asked for, at least 1; the others follow to the end. */
export interface AskedText {
  readonly ids: readonly number[];
  readonly first: number;
}

/**
 * The rows that answer texts. A text's last token is only looked up, never shown, so that texts that differ in nothing
 * else share a row: a prompt with many continuations of one token is run once.
 */
export function rowsOf(texts: readonly AskedText[]): Row[] {
  const alike = groupBy(texts.keys(), (index) => texts[index]!.ids.slice(0, -1).join());
  return [...alike.values()].map((indices) => rowOf(indices, texts));
}

function rowOf(indices: readonly number[], texts: readonly AskedText[]): Row {
  const { asks, placeOf } = askOnce();
  const answered = indices.map((index) => {
    const { ids, first } = texts[index]!;
    return [index, ids.slice(first).map((id, i) => placeOf({ place: first - 1 + i, id }))] as const;
  });
  return {
    ids: texts[indices[0]!]!.ids.slice(0, -1),
    asks,
    texts: new Map(answered),
  };
}

/** Collects questions, each once, and says where each stands. */
export function askOnce(): { readonly asks: readonly Ask[]; readonly placeOf: (ask: Ask) => number } {
  const asks: Ask[] = [];
  const known = new Map<string, number>();
  return {
    asks,
    placeOf: ({ place, id }) => {
      const key = `${place} ${id}`;
      const found = known.get(key) ?? asks.push({ place, id }) - 1;
      known.set(key, found);
      return found;
    },
  };
}

/** The rows as a session is shown them. */
export function idsOf(rows: readonly Asked[]): Rows {
  return rows.map(({ ids }) => ids);
}

/** All that is asked of rows, row by row. */
export function questionsOf(rows: readonly Asked[]): Question[] {
  return rows.flatMap(({ asks }, row) => asks.map((one) => ({ row, ...one })));
}

/** Parts the answers to {@link questionsOf} into those of each row. */
export function partAnswers(rows: readonly Asked[], answers: readonly Answer[]): (readonly Answer[])[] {
  let next = 0;
  return rows.map(({ asks }) => answers.slice(next, (next += asks.length)));
}

/** What a row adds to a batch. */
export function loadOf({ ids, asks }: Asked): Load {
  return { tokens: ids.length, questions: asks.length };
}
