import type { ProbeTokenizer } from './load';
import { tokenizeProbe, type TokenizedProbe } from './probe';

/** Some 50 MB: 10,000 probes of 40 tokens with eight foils each. Beyond that a text is tokenized at each checkpoint. */
const MOST_TOKENS = 4_000_000;

interface Texts {
  readonly probes: Map<string, TokenizedProbe>;
  tokens: number;
}

/** By what cuts the texts, so that they go with the tokenizer when another takes its place. */
const remembered = new WeakMap<ProbeTokenizer['library'], Texts>();

/**
 * {@link tokenizeProbe}, once for all checkpoints that share a tokenizer: it takes longer than a small model takes
 * to score. Memory is bounded; what is refused is not remembered.
 * @param mostTokens tokens kept; when they are more, all are forgotten
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
  texts.tokens += probe.ids.length;
  if (texts.tokens > mostTokens) {
    texts.probes.clear();
    texts.tokens = probe.ids.length;
  }
  texts.probes.set(key, probe);
  return probe;
}
