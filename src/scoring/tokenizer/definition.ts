/** What tokenizer.json says, as far as texts have to be cut otherwise than the library cuts them. */
export interface Definition {
  readonly added_tokens?: readonly AddedToken[];
  readonly normalizer?: Component | null;
  readonly pre_tokenizer?: Component | null;
  readonly model?: Model;
}

export interface AddedToken {
  readonly content: string;
  /** Only where it is no part of a longer word. */
  readonly single_word?: boolean;
  /** It takes the white space on its left with it. */
  readonly lstrip?: boolean;
  readonly rstrip?: boolean;
  /** It is looked for in the normalized text. */
  readonly normalized?: boolean;
  readonly special?: boolean;
}

/** A pre-tokenizer or a normalizer. */
export interface Component {
  readonly type?: string;
  readonly behavior?: string;
  readonly invert?: boolean;
  readonly individual_digits?: boolean;
  readonly strip_left?: boolean;
  readonly strip_right?: boolean;
  readonly clean_text?: boolean;
  readonly content?: string;
  readonly replacement?: string;
  readonly prepend_scheme?: string;
  readonly add_prefix_space?: boolean;
  readonly split?: boolean;
  readonly precompiled_charsmap?: unknown;
  readonly pretokenizers?: readonly Component[];
  readonly normalizers?: readonly Component[];
}

export interface Model {
  readonly type?: string;
  readonly unk_id?: number | null;
  readonly byte_fallback?: boolean;
  readonly vocab?: unknown;
}

/** A component and all that are in it. */
export function withParts(component: Component | null | undefined): Component[] {
  if (!component) return [];
  return [component, ...(component.pretokenizers ?? component.normalizers ?? []).flatMap(withParts)];
}
