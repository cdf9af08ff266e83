import { FailureError, toFailure, type Failure } from '../../core/failure';
import { alignTokens, type Surface } from './align';
import { textBytes } from './alphabet';
import { surfaceOf, tokenText, type ProbeTokenizer } from './load';

/** A prompt and its continuation as the model sees them. */
export interface TokenizedProbe {
  /** Beginning-of-sequence ids, prompt and continuation. */
  readonly ids: readonly number[];
  /** Index in `ids` of the first target token; all that follow are target tokens too. */
  readonly firstTarget: number;
  /** Text of the target token that covers characters of both prompt and continuation, if there is one. */
  readonly borderToken: string | undefined;
}

/**
 * Tokenizes prompt + continuation once, as a whole. Target tokens are those that cover any character of the
 * continuation. Never shifted: where the tokens cannot be laid beside the text, the probe is refused.
 * DESIGN section 5.
 * @throws FailureError `target-empty`, `text-unalignable`, `nothing-before-target`, `tokenizer-broken`
 */
export function tokenizeProbe(
  tokenizer: ProbeTokenizer,
  prompt: string,
  continuation: string,
): TokenizedProbe {
  if (continuation === '') {
    throw refused(tokenizer, 'target-empty', 'The target is empty.', 'Give the probe a target.');
  }
  try {
    return split(tokenizer, prompt, continuation);
  } catch (error) {
    if (error instanceof FailureError) throw error;
    // A damaged or hostile tokenizer.json can be read and still fail on a text.
    throw refused(
      tokenizer,
      'tokenizer-broken',
      `The tokenizer fails on the text ${JSON.stringify(prompt + continuation)}: ${toFailure(error).message}.`,
      'Save it again with `save_pretrained` of a fast tokenizer.',
    );
  }
}

function split(tokenizer: ProbeTokenizer, prompt: string, continuation: string): TokenizedProbe {
  const bare = encode(tokenizer, prompt + continuation);
  const { ends, border } = align(tokenizer, bare, prompt, continuation);
  const first = ends.findIndex((end) => end > border);
  if (tokenizer.before.length + first === 0) {
    throw refused(
      tokenizer,
      'nothing-before-target',
      'Nothing stands before the first target token, so it has no probability.',
      'Give the probe a (longer) prompt; this tokenizer puts no token at the beginning of a text.',
    );
  }
  const start = first === 0 ? 0 : ends[first - 1]!;
  return {
    ids: [...tokenizer.before, ...bare],
    firstTarget: tokenizer.before.length + first,
    borderToken: start < border ? tokenText(tokenizer, bare[first]!) : undefined,
  };
}

/** Ids of a text without what stands before and after every text. */
function encode({ library }: ProbeTokenizer, text: string): readonly number[] {
  const { ids } = library.encode(text, { add_special_tokens: false });
  const bad = ids.findIndex((id: unknown) => !Number.isSafeInteger(id) || (id as number) < 0);
  if (bad >= 0) throw new Error(`token ${bad + 1} has no id`);
  return ids;
}

interface Alignment {
  /** End of each token, in bytes of the text it was laid beside. */
  readonly ends: readonly number[];
  /** Where the continuation begins, in the same bytes. */
  readonly border: number;
}

function align(
  tokenizer: ProbeTokenizer,
  ids: readonly number[],
  prompt: string,
  continuation: string,
): Alignment {
  const surfaces = surfacesOf(tokenizer, ids);
  for (const [before, after] of [
    [prompt, continuation] as const,
    normalized(tokenizer, prompt, continuation),
  ]) {
    if (surfaces === undefined || before === undefined) continue;
    const source = textBytes(before + after, tokenizer.alphabet);
    const border = textBytes(before, tokenizer.alphabet).length;
    // Half a surrogate pair on either side of the border makes the parts longer than the whole.
    if (border + textBytes(after, tokenizer.alphabet).length !== source.length) continue;
    const ends = alignTokens(surfaces, source);
    if (ends !== undefined) return { ends, border };
  }
  throw refused(
    tokenizer,
    'text-unalignable',
    `The tokenizer does not give back the text ${JSON.stringify(prompt + continuation)}: where its target begins cannot be told.`,
    'Look for characters that the tokenizer does not know or changes, and write the probe without them.',
  );
}

/**
 * Prompt and continuation as the normalizer leaves them (NFC, lower case, …), if it treats them apart as it
 * treats them together; otherwise the border is lost and nothing is returned.
 */
function normalized(
  { library }: ProbeTokenizer,
  prompt: string,
  continuation: string,
): readonly [string, string] | readonly [undefined] {
  // Runs of spaces that are merged over the border would hide a character of the continuation.
  if (library.normalizer === null || (/\s$/.test(prompt) && /^\s/.test(continuation))) return [undefined];
  const normalize = (text: string): string => library.normalizer!.normalize(text);
  const before = normalize(prompt);
  const whole = normalize(prompt + continuation);
  const inserted = normalize('a').slice(0, -1);
  if (!whole.startsWith(before)) return [undefined];
  const after = whole.slice(before.length);
  return after !== '' && normalize(continuation) === inserted + after ? [before, after] : [undefined];
}

/** Decoding ever longer beginnings takes the square of their number: seconds for this many. */
const MOST_DECODED = 10_000;

/** What each token stands for: told by the alphabet, else by decoding ever longer beginnings. */
function surfacesOf(tokenizer: ProbeTokenizer, ids: readonly number[]): Surface[] | undefined {
  if (tokenizer.alphabet !== 'unknown') {
    const surfaces = ids.map((id) => surfaceOf(tokenizer, id));
    return surfaces.every((surface) => surface !== undefined) ? surfaces : undefined;
  }
  if (ids.length > MOST_DECODED) return undefined;
  const surfaces: Surface[] = [];
  let decoded = '';
  for (let count = 1; count <= ids.length; count++) {
    const longer = tokenizer.library.decode(ids.slice(0, count), { clean_up_tokenization_spaces: false });
    if (!longer.startsWith(decoded)) return undefined;
    surfaces.push({ bytes: textBytes(longer.slice(decoded.length), 'unknown'), added: false });
    decoded = longer;
  }
  return surfaces;
}

function refused(tokenizer: ProbeTokenizer, code: string, message: string, remedy: string): FailureError {
  const failure: Failure = { code, message, file: tokenizer.file, remedy };
  return new FailureError(failure);
}
