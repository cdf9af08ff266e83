import { FailureError } from '../../core/failure';
import type { ProbeTokenizer } from './load';
import type { TokenizedProbe } from './probe';
import { tokenizeOnce } from './remember';

/** A text that fits into the model's context. */
export interface FittedText extends TokenizedProbe {
  /** Prompt tokens left out at the left. */
  readonly cut: number;
}

/**
 * Tokenizes a text and cuts its prompt from the left where it is longer than the context. What the tokenizer puts at
 * the beginning stays there. The last token is only looked up and needs no place.
 * @param context tokens the model can look at; undefined where nobody knows
 * @throws FailureError `target-too-long`; what {@link tokenizeOnce} throws
 */
export function fitText(
  tokenizer: ProbeTokenizer,
  context: number | undefined,
  prompt: string,
  continuation: string,
): FittedText {
  return fit(tokenizer, context, tokenizeOnce(tokenizer, prompt, continuation));
}

/** The same for a text that is tokenized already. @throws FailureError `target-too-long` */
export function fit(
  tokenizer: ProbeTokenizer,
  context: number | undefined,
  text: TokenizedProbe,
): FittedText {
  const cut = context === undefined ? 0 : Math.max(0, text.ids.length - 1 - context);
  if (cut === 0) return { ...text, cut };
  const before = tokenizer.before.length;
  const firstTarget = text.firstTarget - cut;
  if (firstTarget < Math.max(1, before)) {
    throw new FailureError({
      code: 'target-too-long',
      message: `The target alone is longer than the model's context of ${context} tokens.`,
      file: tokenizer.file,
      remedy: 'Shorten the target.',
    });
  }
  return { ...text, ids: [...text.ids.slice(0, before), ...text.ids.slice(before + cut)], firstTarget, cut };
}
