import { accumulatedLevel, reaches, type Regular } from './accumulate';

/** How far apart encounters may be. */
export type LongestInterval =
  /** Whole steps; `next` is the level with one step more. */
  | { readonly kind: 'interval'; readonly interval: number; readonly level: number; readonly next: number }
  /** A single encounter reaches the level, or nothing is ever lost: any interval does. */
  | { readonly kind: 'any'; readonly level: number }
  /** Not even encounters at every step do. `level` is what these reach. */
  | { readonly kind: 'never'; readonly level: number };

/**
 * The longest interval between encounters, in whole steps, with which the level at the n-th peak still reaches what is
 * wanted (DESIGN section 6). The level falls with the interval, from one encounter a step to the learnability threshold.
 * @param wanted nats above the start; @param n encounters, at least 1; Infinity for endless ones
 */
export function longestInterval(regular: Regular, wanted: number, n: number): LongestInterval {
  const at = (interval: number) => accumulatedLevel(regular, interval, n);
  if (reaches(at(LONGEST), wanted)) return { kind: 'any', level: at(LONGEST) };
  if (!reaches(at(1), wanted)) return { kind: 'never', level: at(1) };
  let [enough, tooLong] = [1, LONGEST];
  while (tooLong - enough > 1) {
    const middle = Math.floor((enough + tooLong) / 2);
    if (reaches(at(middle), wanted)) enough = middle;
    else tooLong = middle;
  }
  return { kind: 'interval', interval: enough, level: at(enough), next: at(tooLong) };
}

/** Beyond this, steps are no longer whole numbers. */
const LONGEST = Number.MAX_SAFE_INTEGER;
