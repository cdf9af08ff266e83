import type { Model } from './definition';

/** A vocabulary's pieces, letter by letter. */
interface Branch {
  readonly next: Map<string, Branch>;
  /** What ends here. */
  piece?: Piece;
}

interface Piece {
  readonly id: number;
  readonly score: number;
}

/** The best way to a place in the text. */
interface Way {
  readonly score: number;
  readonly from: number;
  readonly id: number | undefined;
}

/** How much worse a letter that the vocabulary does not have is than its worst piece. */
const PENALTY = 10;
const utf8 = new TextEncoder();

/**
 * Cuts as Rust's Unigram. With `byte_fallback`, letters that the vocabulary does not have become the tokens of their
 * bytes, `<0x0A>`, which the library does not know. A run of such letters stays together: where one of its bytes has
 * no token, all of it is unknown. And of two ways that are equally good but for the last bit, as in “-----”, it is
 * Rust's that is taken: sums are compared before the next piece is added, not after.
 * @returns undefined for another model
 */
export function unigram(model: Model | undefined): ((pieces: readonly string[]) => string[]) | undefined {
  if (!isUnigram(model)) return undefined;
  const { vocab } = model;
  const ids = new Map(vocab.map(([piece], id) => [piece, id]));
  const root: Branch = { next: new Map() };
  for (const [piece, id] of ids) grow(root, piece, { id, score: vocab[id]![1] });
  const unknown = model.unk_id ?? undefined;
  const unknownScore = vocab.reduce((least, [, score]) => Math.min(least, score), Infinity) - PENALTY;

  const spelled = (part: string): string[] => {
    if (ids.has(part)) return [part];
    const bytes = Array.from(
      model.byte_fallback === true ? utf8.encode(part) : [],
      (byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
    );
    return bytes.length > 0 && bytes.every((byte) => ids.has(byte)) ? bytes : [vocab[unknown!]![0]];
  };
  return (pieces) =>
    pieces.flatMap((piece) => {
      const letters = Array.from(piece);
      return parts(letters, bestWays(letters, root, unknown, unknownScore), unknown).flatMap(spelled);
    });
}

type Vocabulary = readonly (readonly [string, number])[];

/** As the library tells, whatever the type. */
export function isUnigram(model: Model | undefined): model is Model & { readonly vocab: Vocabulary } {
  return Array.isArray(model?.vocab);
}

function grow(root: Branch, text: string, piece: Piece): void {
  let branch = root;
  for (const letter of text) {
    let next = branch.next.get(letter);
    if (next === undefined) branch.next.set(letter, (next = { next: new Map() }));
    branch = next;
  }
  branch.piece = piece;
}

/** The best way to each place; of those that are equally good the one that was found first, as in Rust. */
function bestWays(
  letters: readonly string[],
  root: Branch,
  unknown: number | undefined,
  unknownScore: number,
): Way[] {
  const ways: Way[] = [{ score: 0, from: 0, id: undefined }];
  const offer = (end: number, way: Way): void => {
    const best = ways[end];
    if (best === undefined || way.score > best.score) ways[end] = way;
  };
  for (let from = 0; from < letters.length; from++) {
    const before = ways[from]!.score;
    let branch = root.next.get(letters[from]!);
    if (branch?.piece === undefined && unknown === undefined)
      throw new Error(`its vocabulary lacks “${letters[from]!}” and has no token for what it lacks`);
    if (branch?.piece === undefined) offer(from + 1, { score: unknownScore + before, from, id: unknown });
    for (let end = from + 1; branch !== undefined; end++) {
      if (branch.piece) offer(end, { score: branch.piece.score + before, from, id: branch.piece.id });
      branch = end < letters.length ? branch.next.get(letters[end]!) : undefined;
    }
  }
  return ways;
}

/** The pieces of the best way to the end, with unknown letters that stand together as one. */
function parts(letters: readonly string[], ways: readonly Way[], unknown: number | undefined): string[] {
  const found: string[] = [];
  let isRun = false;
  for (let end = letters.length; end > 0; end = ways[end]!.from) {
    const { from, id } = ways[end]!;
    const part = letters.slice(from, end).join('');
    if (id === unknown && isRun) found[found.length - 1] = part + found.at(-1)!;
    else found.push(part);
    isRun = id === unknown;
  }
  return found.reverse();
}
