import { seededRandom } from '../../random';
import { quantileOfSorted } from '../statistics';

/** Where a figure lies with 95 % confidence; null: no bound on that side. */
export interface Interval {
  readonly low: number | null;
  readonly high: number | null;
}

export interface BootstrapOptions {
  /** How often the units are drawn anew; 0: no intervals. */
  readonly resamples: number;
  /** The same seed gives the same intervals. */
  readonly seed: number;
}

export const BOOTSTRAP: BootstrapOptions = { resamples: 1000, seed: 1 };

/**
 * Fewest facts that are drawn from. Percentile intervals of few are too narrow, by about √(n/(n−1)) and because they know
 * no t distribution: of 2,000 made-up data sets the 95 % intervals of mean effectivity and of a held the true figure in
 * 82 % with 5 facts, 90 % with 10, 93 % with 20 and 94 % with 40.
 */
export const FEWEST_FACTS = 5;

/** Streams of one seed for what is drawn independently. */
export const STREAM = { facts: 0, controls: 1, runs: 2 } as const;

/**
 * The bootstrap's samples of a number of units (facts, runs): how often each unit is drawn.
 * @param stream one of {@link STREAM}
 * @returns one array per resample, as long as there are units, each with the sum `units`
 */
export function resampledWeights(
  units: number,
  { resamples, seed }: BootstrapOptions,
  stream: number = STREAM.facts,
): Uint16Array[] {
  const random = seededRandom(seed, stream);
  return Array.from({ length: resamples }, () => {
    const weights = new Uint16Array(units);
    for (let draw = 0; draw < units; draw++) weights[random.below(units)]! += 1;
    return weights;
  });
}

/**
 * The bootstrap's samples of facts. Facts are drawn one after the other from all of the file's, and each set of them (a
 * group, the controls) takes what is its own until it has as many as it holds. So every set has a sample of its own
 * facts, sets without a common fact have independent ones, and a fact that stands in several sets, or in several runs of
 * the file, is drawn as often in each: runs of the same facts tell nothing about other facts that one of them does not.
 * @param sets numbers of facts, below `facts`; none twice in a set
 * @returns resample by resample, how often each fact of a set is drawn, set by set
 */
export function* resampledSets(
  sets: readonly (readonly number[])[],
  facts: number,
  { resamples, seed }: BootstrapOptions,
): Generator<readonly Uint16Array[]> {
  const seeds = seededRandom(seed, STREAM.facts);
  const places: { readonly set: number; readonly unit: number }[][] = Array.from({ length: facts }, () => []);
  for (const [set, own] of sets.entries())
    for (const [unit, fact] of own.entries()) places[fact]!.push({ set, unit });
  for (let i = 0; i < resamples; i++) {
    // Of its own: how many draws a resample takes depends on the sets, and other runs may have others. Not the seed's
    // first stream, whose first numbers say the seed again.
    const random = seededRandom(seeds.below(2 ** 31 - 1), 1);
    const weights = sets.map(({ length }) => new Uint16Array(length));
    const missing = sets.map(({ length }) => length);
    for (let left = missing.reduce((sum, n) => sum + n, 0); left > 0;) {
      for (const { set, unit } of places[random.below(facts)]!) {
        if (missing[set] === 0) continue;
        weights[set]![unit]! += 1;
        missing[set]! -= 1;
        left--;
      }
    }
    yield weights;
  }
}

/**
 * The percentile interval of a figure's values in the resamples (Efron and Tibshirani, An Introduction to the
 * Bootstrap, section 13.3).
 * @param values infinite where a resample has no finite figure (no horizon); NaN where it has none at all: these are
 * left out
 * @returns null without values
 */
export function percentileInterval(values: ArrayLike<number>, level = 0.95): Interval | null {
  const known = Float64Array.from(values)
    .filter((value) => !Number.isNaN(value))
    .sort();
  if (known.length === 0) return null;
  const bound = (q: number) => {
    const value = quantileOfSorted(known, q)!;
    return Number.isFinite(value) ? value : null;
  };
  return { low: bound((1 - level) / 2), high: bound((1 + level) / 2) };
}
