import type { TokenCounter } from '../../core/probes/foils';
import type { ProbeTokenizer } from './load';

/** Counts a text's tokens when it stands after `join`, for choosing foils of the same length. */
export function tokenCounter({ library }: ProbeTokenizer): TokenCounter {
  const counts = new Map<string, number>();
  return (text, join) => {
    const whole = join + text;
    let count = counts.get(whole);
    if (count === undefined) {
      count = library.encode(whole, { add_special_tokens: false }).ids.length;
      counts.set(whole, count);
    }
    return count;
  };
}
