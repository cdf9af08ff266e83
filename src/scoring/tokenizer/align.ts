/** What a token stands for, and whether it is an added token (`<s>`), which is matched before anything else. */
export interface Surface {
  readonly bytes: Uint8Array;
  readonly added: boolean;
}

/**
 * Where each token ends in the text, in bytes. Tokenizers may put one space before the text and before what
 * follows an added token; that space covers nothing. No other difference is forgiven.
 * @param source the text's bytes
 * @returns one end per token, ascending, the last one the text's length; undefined where tokens and text differ
 */
export function alignTokens(surfaces: readonly Surface[], source: Uint8Array): number[] | undefined {
  const ends: number[] = [];
  let place = 0;
  for (let i = 0; i < surfaces.length;) {
    let next = i;
    if (surfaces[i]!.added) next++;
    else while (next < surfaces.length && !surfaces[next]!.added) next++;
    const section = surfaces.slice(i, next);
    const after = surfaces[i]!.added ? undefined : surfaces[next]?.bytes;
    const inserted = insertedBytes(section, after, source, place);
    if (inserted === undefined) return undefined;
    const start = place - inserted;
    let length = 0;
    for (const { bytes } of section) {
      length += bytes.length;
      ends.push(Math.max(place, start + length));
    }
    place = start + length;
    i = next;
  }
  return place === source.length ? ends : undefined;
}

/** 0 or 1: how many bytes of the section the text does not have; undefined where it does not fit. */
function insertedBytes(
  section: readonly Surface[],
  after: Uint8Array | undefined,
  source: Uint8Array,
  place: number,
): 0 | 1 | undefined {
  const bytes = concatenate(section.map((surface) => surface.bytes));
  const candidates = !section[0]!.added && bytes[0] === 0x20 ? ([0, 1] as const) : ([0] as const);
  return candidates.find((inserted) => {
    const end = place + bytes.length - inserted;
    if (!standsAt(bytes.subarray(inserted), source, place)) return false;
    if (after !== undefined) return standsAt(after, source, end);
    return candidates.length === 1 || end === source.length;
  });
}

function standsAt(bytes: Uint8Array, source: Uint8Array, place: number): boolean {
  return place + bytes.length <= source.length && bytes.every((byte, i) => source[place + i] === byte);
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let place = 0;
  for (const part of parts) {
    whole.set(part, place);
    place += part.length;
  }
  return whole;
}
