import type { Component } from './definition';

/** Where a piece stands, as the library tells its pre-tokenizers: 0 at the beginning of a text. */
export interface Place {
  readonly section_index?: number;
}

/**
 * Cuts as Rust's Metaspace: spaces become ▁, one is put before the text, and every ▁ begins a piece, unless `split`
 * is false. So no token of the vocabulary that has a ▁ inside, nor one that is a run of ▁, is ever used; the library
 * leaves the text whole.
 */
export function metaspace(component: Component): (text: string, place?: Place) => string[] {
  const { replacement = '▁', split = true } = component;
  const scheme = schemeOf(component);
  return (text, place) => {
    if (text === '') return [];
    const marked = text.replaceAll(' ', replacement);
    const prepends = scheme === 'always' || (scheme === 'first' && place?.section_index === 0);
    const whole = prepends && !marked.startsWith(replacement) ? replacement + marked : marked;
    return split ? cutBefore(whole, replacement) : [whole];
  };
}

/** Older files say `add_prefix_space`, which the library does not know. */
export function schemeOf({ prepend_scheme, add_prefix_space }: Component): string {
  return prepend_scheme ?? (add_prefix_space === false ? 'never' : 'always');
}

function cutBefore(text: string, mark: string): string[] {
  const pieces: string[] = [];
  let start = 0;
  while (start < text.length) {
    const next = text.indexOf(mark, start + 1);
    const end = next < 0 ? text.length : next;
    pieces.push(text.slice(start, end));
    start = end;
  }
  return pieces;
}
