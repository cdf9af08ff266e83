import type { Tokenizer } from '@huggingface/tokenizers';
import { readCharsmap } from './charsmap';
import { withParts, type Component, type Definition } from './definition';
import { metaspace, type Place } from './metaspace';
import { markOfFirst, mendSections, needsSections } from './sections';
import { isUnigram, unigram } from './unigram';

/**
 * The library cuts some texts otherwise than Hugging Face's own in Rust, with which models are trained: JavaScript's
 * `\s`, `\w` and `\d` are not Unicode's, of five behaviours of a split it knows two, and its lower case looks at the
 * letters around. Tokens that are wrong in this way still spell their text, so that nothing would tell. Its components
 * are given functions here that agree (test/fixtures/scoring/tokenizers/components.json, cuts.json).
 */
export function mend(library: Tokenizer, definition: Definition): void {
  mendCutter(library.pre_tokenizer as Cutter | null, definition.pre_tokenizer);
  mendNormalizer(library.normalizer, definition.normalizer);
  const encode = unigram(definition.model);
  if (encode !== undefined) (library.model as unknown as Encoder).encode = encode;
  if (needsSections(definition)) mendSections(library, definition);
}

/**
 * Whether there is something in a tokenizer that was mended after scores had been made, so that they stand on other
 * tokens than they would today.
 */
export function isMendedSince(definition: Definition): boolean {
  const { normalizer, pre_tokenizer, model } = definition;
  return (
    needsSections(definition) ||
    isUnigram(model) ||
    withParts(normalizer).some(({ type }) => type === 'Precompiled') ||
    withParts(pre_tokenizer).some(({ type, split }) => type === 'Metaspace' && split !== false)
  );
}

/** The library's pre-tokenizers, as far as they are of interest here. */
interface Cutter {
  pre_tokenize(text: string, place?: Place): string[];
  pre_tokenize_text(text: string, place?: Place): string[];
  pattern?: RegExp | null;
  readonly tokenizers?: readonly Cutter[];
}

interface Encoder {
  encode(pieces: readonly string[]): string[];
}

interface Normalizer {
  normalize(text: string): string;
  readonly normalizers?: readonly Normalizer[];
}

const SPACE = /\p{White_Space}/gu;
const PUNCTUATION = /[\p{P}$+<=>^`|~]/gu;
const NUMBER = /\p{N}/gu;
const WORDS =
  /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]+|[^\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}\p{White_Space}]+/gu;
const GPT2 =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

function mendCutter(cutter: Cutter | null, component: Component | null | undefined): void {
  if (cutter === null || !component) return;
  component.pretokenizers?.forEach((part, i) => {
    mendCutter(cutter.tokenizers?.[i] ?? null, part);
  });
  if (component.pretokenizers && markOfFirst(component) !== undefined) {
    cutter.pre_tokenize_text = oneAfterAnother(cutter.tokenizers ?? [], component.pretokenizers);
  }
  const cut = cutOf(component, cutter.pattern ?? null);
  if (cut !== undefined) cutter.pre_tokenize_text = cut;
  else if (component.type === 'ByteLevel') cutter.pattern = GPT2;
}

/** The cut that a component asks for; undefined for those that the library cuts well. */
function cutOf(component: Component, pattern: RegExp | null): Cutter['pre_tokenize_text'] | undefined {
  const { behavior = 'Isolated', invert = false, individual_digits = false } = component;
  switch (component.type) {
    case 'Split':
      return pattern === null ? undefined : (text) => split(text, pattern, behavior, invert);
    case 'Digits':
      return (text) => split(text, NUMBER, individual_digits ? 'Isolated' : 'Contiguous');
    case 'Punctuation':
      return (text) => split(text, PUNCTUATION, behavior);
    case 'Whitespace':
      return (text) => split(text, WORDS, 'Removed', true);
    case 'WhitespaceSplit':
      return (text) => split(text, SPACE, 'Removed');
    case 'Metaspace':
      return metaspace(component);
    case 'BertPreTokenizer':
      return (text) => split(text, SPACE, 'Removed').flatMap((word) => split(word, PUNCTUATION, 'Isolated'));
    default:
      return undefined;
  }
}

/**
 * The library says of all pieces that they stand where the whole stands; but only one is its beginning, or none.
 * @throws Error where a part takes away whatever it is told to: what is the beginning then is not known
 */
function oneAfterAnother(
  cutters: readonly Cutter[],
  components: readonly Component[],
): Cutter['pre_tokenize_text'] {
  if (components.flatMap(withParts).some(({ behavior }) => behavior === 'Removed'))
    throw new Error('its pre-tokenizer may take away the beginning, before which it puts a space');
  return (text, place) => {
    let isBeginning = place?.section_index === 0;
    return cutters.reduce<string[]>(
      (pieces, cutter, i) => {
        const places = pieces.map((_, j) => ({ section_index: isBeginning && j === 0 ? 0 : 1 }));
        const spaces =
          DROPPING_SPACES.has(components[i]?.type ?? '') && /^\p{White_Space}/u.test(pieces[0] ?? '');
        isBeginning &&= !spaces;
        return pieces
          .flatMap((piece, j) => cutter.pre_tokenize(piece, places[j]))
          .filter((piece) => piece !== '');
      },
      [text],
    );
  };
}

const DROPPING_SPACES = new Set(['Whitespace', 'WhitespaceSplit', 'BertPreTokenizer']);

interface Piece {
  readonly text: string;
  readonly matched: boolean;
}

/** @param invert what the pattern does not match counts as matched, and the other way round */
function split(text: string, pattern: RegExp, behavior: string, invert = false): string[] {
  const pieces: Piece[] = [];
  const push = (from: number, to: number, matched: boolean): void => {
    if (from < to) pieces.push({ text: text.slice(from, to), matched: matched !== invert });
  };
  let place = 0;
  for (const { 0: match, index } of text.matchAll(pattern)) {
    push(place, index, false);
    place = index + match.length;
    push(index, place, true);
  }
  push(place, text.length, false);
  return join(pieces, behavior);
}

/** @throws Error for a behaviour that nobody knows */
function join(pieces: readonly Piece[], behavior: string): string[] {
  switch (behavior) {
    case 'Removed':
      return pieces.filter(({ matched }) => !matched).map(({ text }) => text);
    case 'Isolated':
      return pieces.map(({ text }) => text);
    case 'Contiguous':
      return merged(pieces, (piece, before) => piece.matched === before.matched, false);
    case 'MergedWithPrevious':
      return merged(pieces, (piece, before) => piece.matched && !before.matched, false);
    case 'MergedWithNext':
      return merged(pieces.toReversed(), (piece, before) => piece.matched && !before.matched, true);
    default:
      throw new Error(`its pre-tokenizer splits in a way that is not known: ${behavior}`);
  }
}

function merged(
  pieces: readonly Piece[],
  belongs: (piece: Piece, before: Piece) => boolean,
  backwards: boolean,
): string[] {
  const out: string[] = [];
  for (const [i, piece] of pieces.entries()) {
    const before = pieces[i - 1];
    const last = out.at(-1);
    if (last === undefined || before === undefined || !belongs(piece, before)) out.push(piece.text);
    else out[out.length - 1] = backwards ? piece.text + last : last + piece.text;
  }
  return backwards ? out.reverse() : out;
}

function mendNormalizer(normalizer: Normalizer | null, component: Component | null | undefined): void {
  if (normalizer === null || !component) return;
  component.normalizers?.forEach((part, i) => {
    mendNormalizer(normalizer.normalizers?.[i] ?? null, part);
  });
  if (component.type === 'Lowercase') {
    normalizer.normalize = (text) => Array.from(text, (letter) => letter.toLowerCase()).join('');
  } else if (component.type === 'Prepend') {
    const prepend = normalizer.normalize.bind(normalizer);
    normalizer.normalize = (text) => (text === '' ? '' : prepend(text));
  } else if (component.type === 'Precompiled') {
    normalizer.normalize = readCharsmap(component.precompiled_charsmap);
  } else if (component.type === 'Strip') {
    const { strip_left, strip_right } = component;
    normalizer.normalize = (text) => {
      const start = strip_left === true ? text.replace(/^\p{White_Space}+/u, '') : text;
      return strip_right === true ? start.replace(/\p{White_Space}+$/u, '') : start;
    };
  }
}
