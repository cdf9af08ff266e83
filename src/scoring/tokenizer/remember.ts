import type { ProbeTokenizer } from './load';
import { tokenizeProbe, type TokenizedProbe } from './probe';

/** Some 50 MB, or 50,000 texts of 40 tokens. Those beyond are tokenized at each checkpoint. */
const MOST_TOKENS = 2_000_000;

interface Texts {
  readonly probes: Map<string, TokenizedProbe>;
  tokens: number;
}

/** By what cuts the texts, so that they go with the tokenizer when another takes its place. */
const remembered = new WeakMap<ProbeTokenizer['library'], Texts>();

/**
 * {@link tokenizeProbe}, once for all checkpoints that share a tokenizer: it takes longer than a small model takes
 * to score. Memory is bounded; what is refused is not remembered.
 * @param mostTokens tokens kept. Checkpoint after checkpoint asks for the same texts in the same order, so that the
 * first to come are the best to keep; a scorer does not live long enough for them to be of no use any more.
 * @throws FailureError as {@link tokenizeProbe}
 */
export function tokenizeOnce(
  tokenizer: ProbeTokenizer,
  prompt: string,
  continuation: string,
  mostTokens = MOST_TOKENS,
): TokenizedProbe {
  const texts = remembered.get(tokenizer.library) ?? { probes: new Map<string, TokenizedProbe>(), tokens: 0 };
  remembered.set(tokenizer.library, texts);
  const key = `${prompt.length} ${prompt}${continuation}`;
  const known = texts.probes.get(key);
  if (known !== undefined) return known;
  const probe = tokenizeProbe(tokenizer, prompt, continuation);
  if (texts.tokens + probe.ids.length > mostTokens) return probe;
  texts.tokens += probe.ids.length;
  texts.probes.set(key, probe);
  return probe;
}
