import { contentKeys, type ScoredText } from './key';
import type { Part } from './part';
import type { ScoreRow } from './row';

/** Whether a row's key is that of a text under the part's scorer. Parts without a scorer know their rows by ids alone. */
export type KeyCheck = (part: Part, row: ScoreRow, text: ScoredText) => boolean;

/** A {@link KeyCheck} that hashes each row once, as long as its probe's text stays. */
export function createKeyCheck(): KeyCheck {
  const keysOf = new WeakMap<Part, (text: ScoredText) => string>();
  const checked = new WeakMap<ScoreRow, ScoredText & { readonly matches: boolean }>();
  return (part, row, text) => {
    if (part.metadata.scorer === null) return true;
    const known = checked.get(row);
    if (known?.prompt === text.prompt && known.continuation === text.continuation) return known.matches;
    const keys = keysOf.get(part) ?? contentKeys(part.metadata.scorer);
    keysOf.set(part, keys);
    const matches = keys(text) === row.key;
    checked.set(row, { ...text, matches });
    return matches;
  };
}
