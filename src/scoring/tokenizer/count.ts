import type { TokenCounter } from '../../core/probes/foils';
import type { ProbeTokenizer } from './load';

/** Counts a text's tokens when it stands after `join`, for choosing foils of the same length. */
export function tokenCounter({ library }: ProbeTokenizer): TokenCounter {
  const counts = new Map<string, number>();
  return (text, join) => {
    const whole = join + text;
    let count = counts.get(whole);
    if (count === undefined) {
      count = countTokens(library, whole);
      counts.set(whole, count);
    }
    return count;
  };
}

/** A tokenizer that fails on a text is told when the text is scored; until then all such texts are alike. */
function countTokens(library: ProbeTokenizer['library'], text: string): number {
  try {
    return library.encode(text, { add_special_tokens: false }).ids.length;
  } catch {
    return 0;
  }
}
