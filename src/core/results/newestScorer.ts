import type { Scorer } from './key';
import type { Part } from './part';

/**
 * Whether a part's rows count beside the other parts of its step: not where another model, tokenizer or option has given
 * scores there since. A checkpoint that was replaced and scored again in part would otherwise stand for itself in some
 * probes, and for what was there before in the others.
 * @param parts of one run, older ones first; each of one step
 */
export function ofNewestScorer(parts: readonly Part[]): (part: Part) => boolean {
  const newest = new Map<number | undefined, string>();
  for (const { metadata, rows } of parts) {
    if (metadata.scorer !== null) newest.set(rows[0]?.step, nameOf(metadata.scorer));
  }
  return ({ metadata: { scorer }, rows }) => scorer === null || newest.get(rows[0]?.step) === nameOf(scorer);
}

function nameOf({ model, tokenizer, options }: Scorer): string {
  return JSON.stringify([model, tokenizer, options]);
}
