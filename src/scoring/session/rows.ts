/** Asks how likely a token is after the one at a place. */
export interface Ask {
  readonly place: number;
  readonly id: number;
}

/** Token ids as the model is shown them, with all that is asked of them, each question once. */
export interface Row {
  readonly ids: readonly number[];
  readonly asks: readonly Ask[];
  /** The texts that it answers, by index, and for each of their tokens asked for its place in `asks`. */
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
  const alike = new Map<string, number[]>();
  for (const [index, { ids }] of texts.entries()) {
    const key = ids.slice(0, -1).join();
    const others = alike.get(key);
    if (others === undefined) alike.set(key, [index]);
    else others.push(index);
  }
  return [...alike.values()].map((indices) => rowOf(indices, texts));
}

function rowOf(indices: readonly number[], texts: readonly AskedText[]): Row {
  const asks: Ask[] = [];
  const known = new Map<string, number>();
  const placeOf = (place: number, id: number): number => {
    const key = `${place} ${id}`;
    const found = known.get(key) ?? asks.push({ place, id }) - 1;
    known.set(key, found);
    return found;
  };
  const answered = indices.map((index) => {
    const { ids, first } = texts[index]!;
    return [index, ids.slice(first).map((id, i) => placeOf(first - 1 + i, id))] as const;
  });
  return { ids: texts[indices[0]!]!.ids.slice(0, -1), asks, texts: new Map(answered) };
}
