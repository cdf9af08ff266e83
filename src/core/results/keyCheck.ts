import { contentKeys } from './key';
import type { Part } from './part';

/** What stands around a row's text. */
export interface Around {
  readonly prompt: string;
  readonly join: string;
}

/**
 * Whether row `i` of a part has the key of its text with this prompt and join, under the part's scorer. Parts without
 * a scorer know their rows by ids alone.
 */
export type KeyCheck = (part: Part) => (i: number, around: Around) => boolean;

/** A {@link KeyCheck} that hashes each row once, as long as its prompt and join stay. */
export function createKeyCheck(): KeyCheck {
  // By the rows themselves, which outlive a reading where they are cached.
  const known = new WeakMap<Part['rows'], (Around & { readonly matches: boolean })[]>();
  return ({ metadata: { scorer }, rows }) => {
    if (scorer === null) return () => true;
    const checked = known.get(rows) ?? [];
    known.set(rows, checked);
    const keyOf = contentKeys(scorer);
    return (i, { prompt, join }) => {
      const before = checked[i];
      if (before?.prompt === prompt && before.join === join) return before.matches;
      const row = rows[i]!;
      const matches = keyOf({ prompt, continuation: join + row.text }) === row.key;
      checked[i] = { prompt, join, matches };
      return matches;
    };
  };
}
