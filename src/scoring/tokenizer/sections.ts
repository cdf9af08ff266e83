import type { Tokenizer } from '@huggingface/tokenizers';
import { withParts, type AddedToken, type Component, type Definition } from './definition';
import { schemeOf, type Place } from './metaspace';

/** What of the library is of interest here; its types call most of it private. */
interface Inside {
  encode_text(text: string | null): string[] | null;
  /** By what is looked up whether a token is an added one. */
  readonly added_tokens_map: Map<string, { readonly id: number }>;
  readonly normalizer: Normalizer | null;
  readonly pre_tokenizer: { pre_tokenize(text: string, place: Place): string[] } | null;
  readonly model: ((pieces: readonly string[]) => string[]) & { readonly tokens_to_ids: Map<string, number> };
}

interface Normalizer {
  normalize(text: string): string;
  readonly normalizers?: readonly Normalizer[];
  readonly pattern?: RegExp | null;
}

const MENDED = new Set(['Precompiled', 'Lowercase']);

/** Whether Rust may find added tokens, or the beginning of a text, where the library does not. */
export function needsSections(definition: Definition): boolean {
  const { added_tokens = [], normalizer, pre_tokenizer } = definition;
  const normalized = added_tokens.filter(isNormalized);
  return (
    markOfFirst(pre_tokenizer) !== undefined ||
    added_tokens.some(
      ({ single_word, lstrip, rstrip }) => single_word === true || lstrip === true || rstrip === true,
    ) ||
    (!normalizer && normalized.length > 0 && normalized.length < added_tokens.length) ||
    // The library has written them as its own normalizers do, before they were mended.
    (normalized.length > 0 && withParts(normalizer).some(({ type }) => MENDED.has(type ?? ''))) ||
    // Looked for with something before it, such a token is passed over elsewhere.
    (withParts(normalizer).some(({ type }) => type === 'Prepend') && foreign(normalized, definition).size > 0)
  );
}

/** The ▁ that is put before a text at its very beginning and nowhere else; undefined where none is. */
export function markOfFirst(pre_tokenizer: Component | null | undefined): string | undefined {
  const first = withParts(pre_tokenizer).find(
    (part) => part.type === 'Metaspace' && schemeOf(part) === 'first',
  );
  return first && (first.replacement ?? '▁');
}

/**
 * Cuts texts at added tokens as Rust does: at those that are not normalized first, then, in what the normalizer
 * leaves, at those that are. A token that has to be a word of its own is passed over within a longer one, and the
 * white space that a token takes with it is Unicode's. The beginning of a text is what comes from its first letter,
 * and not whatever follows an added token.
 */
export function mendSections(library: Tokenizer, definition: Definition): void {
  const inside = library as unknown as Inside;
  const { normalizer, pre_tokenizer, model } = inside;
  const normalize = (text: string): string => normalizer?.normalize(text) ?? text;
  const tokens = (definition.added_tokens ?? []).filter(({ content }) => content !== '');
  const raw = new Map(tokens.filter((token) => !isNormalized(token)).map((token) => [token.content, token]));
  const changed = new Map(tokens.filter(isNormalized).map((token) => [normalize(token.content), token]));
  // A piece of the model that reads like what is left of an added token is none.
  const contents = new Set(tokens.map(({ content }) => content));
  for (const text of changed.keys()) if (!contents.has(text)) inside.added_tokens_map.delete(text);
  const [rawPattern, changedPattern] = [patternOf(raw), patternOf(changed)];
  // The library adds all added tokens to the model's own.
  const strangers = foreign(tokens, definition);
  for (const text of strangers) model.tokens_to_ids.delete(text);
  library.token_to_id = (text) => inside.added_tokens_map.get(text)?.id ?? model.tokens_to_ids.get(text);
  const mark = markOfFirst(definition.pre_tokenizer);
  const prepends = withParts(definition.normalizer).some(({ type }) => type === 'Prepend');
  const isSequence = definition.pre_tokenizer?.type === 'Sequence';

  const tokenize = (text: string, isBeginning: boolean): string[] => {
    const place = { section_index: isBeginning ? 0 : 1 };
    const found = model(pre_tokenizer === null ? [text] : pre_tokenizer.pre_tokenize(text, place));
    const stranger = found.find((token) => strangers.has(token));
    // By its text alone the library would take it for the added token.
    if (stranger !== undefined) throw new Error(`“${stranger}” stands where it is not an added token`);
    return found;
  };

  inside.encode_text = (text) => {
    if (text === null) return null;
    return sections(text, raw, rawPattern).flatMap((section, i) => {
      if (section.token !== undefined) return [section.token.content];
      const normalized = normalize(section.text);
      const parts = sections(normalized, changed, changedPattern);
      if (mark !== undefined && i === 0 && normalizer !== null && parts.length > 0) {
        const isMarked = normalized.startsWith(' ') || normalized.startsWith(mark);
        if (!isMarked) assertSameBeginning(definition.normalizer, normalizer, section.text);
        if (isSequence || parts.length > 1) assertOneLetter(normalize, section.text, prepends);
      }
      return parts.flatMap((part, j) =>
        part.token === undefined ? tokenize(part.text, i === 0 && j === 0) : [part.token.content],
      );
    });
  };
}

function isNormalized({ normalized, special }: AddedToken): boolean {
  return normalized ?? special !== true;
}

/** What the model does not have among its own tokens. */
function foreign(tokens: readonly AddedToken[], { model }: Definition): Set<string> {
  const contents = new Set(tokens.map(({ content }) => content));
  const vocab: unknown = model?.vocab;
  if (contents.size === 0 || typeof vocab !== 'object' || vocab === null) return contents;
  if (!Array.isArray(vocab))
    return new Set([...contents].filter((content) => !Object.hasOwn(vocab, content)));
  for (const entry of vocab as readonly unknown[])
    if (Array.isArray(entry)) contents.delete(entry[0] as string);
  return contents;
}

/** Finds the leftmost token, and of those that begin there the longest. */
function patternOf(tokens: ReadonlyMap<string, AddedToken>): RegExp | undefined {
  const texts = [...tokens.keys()].filter((text) => text !== '').sort((a, b) => b.length - a.length);
  if (texts.length === 0) return undefined;
  return new RegExp(texts.map((text) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('|'), 'gu');
}

interface Section {
  readonly text: string;
  /** The added token that this is. */
  readonly token?: AddedToken;
}

const WORD_AT_END = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]$/u;
const WORD_AT_START = /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u;
const SPACE_AT_START = /^\p{White_Space}+/u;
const SPACE = /\p{White_Space}/u;

function sections(
  text: string,
  tokens: ReadonlyMap<string, AddedToken>,
  pattern: RegExp | undefined,
): Section[] {
  const found: Section[] = [];
  let place = 0;
  for (const { 0: match, index } of pattern === undefined ? [] : text.matchAll(pattern)) {
    const token = tokens.get(match)!;
    let [start, end] = [index, index + match.length];
    if (token.single_word === true && isWithinWord(text, start, end)) continue;
    // All white space of Unicode is one unit long.
    if (token.lstrip === true) while (start > place && SPACE.test(text[start - 1]!)) start--;
    if (token.rstrip === true) end += SPACE_AT_START.exec(text.slice(end))?.[0].length ?? 0;
    // What the token before has taken with it is no token again, where this one takes what is before it.
    if (token.lstrip === true) start = Math.max(start, place);
    if (start > end) throw new Error('one of its added tokens is part of the white space that another takes');
    if (place < start) found.push({ text: text.slice(place, start) });
    if (start < end) found.push({ text: text.slice(start, end), token });
    place = end;
  }
  if (place < text.length) found.push({ text: text.slice(place) });
  return found;
}

function isWithinWord(text: string, start: number, end: number): boolean {
  return (
    WORD_AT_END.test(text.slice(Math.max(0, start - 2), start)) ||
    WORD_AT_START.test(text.slice(end, end + 2))
  );
}

/** Normalizers of which it is known that what comes of a text's first letter counts as its beginning in Rust. */
const KEEPING = new Set(['NFC', 'NFD', 'NFKC', 'NFKD', 'Lowercase', 'Prepend', 'Precompiled']);

/**
 * In Rust a text has no beginning any more once its first letter is taken away, and sometimes when it is replaced.
 * @throws Error where another normalizer has changed it
 */
function assertSameBeginning(
  component: Component | null | undefined,
  normalizer: Normalizer,
  text: string,
): string {
  if (component?.normalizers) {
    return component.normalizers.reduce(
      (before, part, i) => assertSameBeginning(part, normalizer.normalizers![i]!, before),
      text,
    );
  }
  const normalized = normalizer.normalize(text);
  const isKept =
    component?.type === 'Replace'
      ? !normalizer.pattern || text.search(normalizer.pattern) !== 0
      : KEEPING.has(component?.type ?? '') || firstLetter(normalized) === firstLetter(text);
  if (!isKept)
    throw new Error('its normalizer changes the beginning, so that what comes before it cannot be told');
  return normalized;
}

/** @throws Error where the first letter becomes several, of which more than one piece may begin the text */
function assertOneLetter(normalize: (text: string) => string, text: string, prepends: boolean): void {
  // With another behind it, for white space is taken away where nothing follows.
  if (prepends || Array.from(normalize(`${firstLetter(text)}a`)).length !== 2)
    throw new Error(
      'its normalizer makes several letters of the first, so that where it begins cannot be told',
    );
}

function firstLetter(text: string): string {
  return text === '' ? '' : String.fromCodePoint(text.codePointAt(0)!);
}
