import { rowsOf, type Row } from './rows';
import { weave, type WovenRow } from './woven';

/** Made-up texts, alone and woven, that show whether a graph takes woven rows. */
export interface Trial {
  /** All strands, every token but the first asked for. */
  readonly rows: readonly Row[];
  /** Batches that say of the same rows what they say alone, where all is well. */
  readonly batches: readonly (readonly WovenRow[])[];
}

/** Tokens that the late strand has of its own, and that it shares with the early one. */
const OWN = 8;
const SHARED = 3;
/** Different tokens to draw from: of texts with fewer one is too much like another for anything to show. */
const FEWEST = 8;

/**
 * In the widest row a strand stands right at the end that shares its first tokens with one before it: between the two lies
 * all that it must not see, so that a window on what lies near, or anything else that goes by the order in the row, shows.
 * A second row branches late and has strands that others begin with; a third is no woven one. They are of two row counts:
 * what fits the number of heads by chance does not fit both.
 * @param width of the widest row
 * @param ids to draw from
 * @returns undefined where too few of them are different
 */
export function makeTrial(width: number, ids: Iterable<number>): Trial | undefined {
  const different = [...new Set(ids)];
  if (different.length < FEWEST) return undefined;
  let state = 1;
  const next = (unlike?: number): number => {
    state = (state * 48_271) % 2_147_483_647;
    const id = different[state % different.length]!;
    return id === unlike ? next(unlike) : id;
  };
  /** @param unlike what the first is not, so that two strands part there */
  const draw = (count: number, unlike?: number): number[] =>
    Array.from({ length: Math.max(1, count) }, (_, i) => next(i === 0 ? unlike : undefined));
  const own = Math.max(1, Math.min(OWN, Math.floor(width / 3)));
  const early = draw(width - own);
  const shared = Math.min(SHARED, early.length - 1);
  const late = [...early.slice(0, shared), ...draw(own, early[shared])];
  const stem = draw(Math.floor(width / 2));
  const branch = [...stem.slice(0, -2), ...draw(2, stem.at(-2))];
  const longer = [...branch, ...draw(2)];
  const alone = draw(Math.floor(width / 3) + 1);
  const rowOf = (strand: readonly number[]): Row => rowsOf([{ ids: [...strand, ...draw(1)], first: 1 }])[0]!;
  const rows = [early, late, stem, branch, longer, alone].map(rowOf);
  const [first, second, third] = [rows.slice(0, 2), rows.slice(2, 5), rows.slice(5)].map(weave);
  return {
    rows,
    batches: [
      [first!, second!],
      [first!, second!, third!],
    ],
  };
}
