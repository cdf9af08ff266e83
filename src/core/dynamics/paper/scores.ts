import { createFilteredMean, withoutOutliers } from './outliers';
import { LAG, SPACING, type PaperBlock, type PaperCondition } from './procedure';
import { byKind, PAPER_PARTS, PROBE_KIND_OF, type PaperKind, type PublishedLog } from './publishedLog';
import { walk, type Group, type UsedProbe, type WalkedBlock } from './walk';
import { describePlace, logPlace, stops } from './stops';

/** What the published code says of one condition and kind, besides the curve. */
export interface PaperGroupScores {
  /** Mean over probes and injections, pooled, without outliers; nats (in `exp` mode a difference of perplexities). */
  readonly effectivity: number;
  readonly perInjection: {
    /** One an injection: the mean; of `once` the values themselves, which the published code does not average. */
    readonly effectivity: readonly PerInjection[];
    /**
     * The same of the share kept {@link LAG} entries after each local acquisition maximum, as a fraction. Quirk 4: *not*
     * injection by injection. A probe's values stand shifted to the left by its injections that gained nothing, and there
     * are only as many as the probe with the fewest has; often none.
     */
    readonly retainability: readonly PerInjection[];
  };
}
export type PerInjection = number | readonly number[];

/** Conditions that the log has too few examples for are absent. */
export type PaperScores = Partial<Record<PaperCondition, Record<PaperKind, PaperGroupScores>>>;

/**
 * Effectivity per condition and kind, and the scores per injection, as the published code prints them.
 * @param walked the log, with {@link LAG}
 * @throws FailureError where the published code ends with an exception
 */
export function paperScores(log: PublishedLog, walked: readonly WalkedBlock[] = walk(log, LAG)): PaperScores {
  return Object.fromEntries(
    walked.map(({ block, groups }) => [
      block.condition,
      byKind((kind) => {
        const group = groups[kind];
        const scores = scoreGroup(group, block, kind);
        // Not among the figures, but taken and averaged.
        meanOf(lastShares(group.target, LAG));
        return scores;
      }),
    ]),
  );
}

/**
 * One condition's probes of one kind.
 * @throws FailureError where nothing is left to average, and where NaN is among what is averaged
 */
export function scoreGroup(group: Group, block: PaperBlock, kind: PaperKind): PaperGroupScores {
  for (const part of PAPER_PARTS) {
    if (group[part].length > 0) continue;
    throw nothingLeft(
      `Every ${PROBE_KIND_OF[kind]} probe of examples ${block.first} to ${block.end - 1} (${block.condition}) has in ${part} ` +
        `exactly the value of entry 0 as its last local acquisition maximum, and none is left`,
    );
  }
  const probes = group.target;
  const rises = risesOf(probes, block.injections);
  const columns = Array.from({ length: block.injections }, (_, i) => columnOf(rises, i, block.injections));
  const average: (figures: Figures) => PerInjection = block.condition === 'once' ? raw : meanOf;
  return {
    effectivity: meanOf(rises),
    perInjection: {
      effectivity: columns.map((column) => average(column)),
      retainability: shiftedColumns(probes, block.injections).map((column) => average(column)),
    },
  };
}

/** Figures to be averaged, and where each comes from: the first that is no number is to blame. */
export interface Figures {
  readonly values: Float64Array;
  readonly originOf: (index: number) => Origin;
}

export interface Origin {
  readonly probe: UsedProbe;
  readonly entries: readonly number[];
}

/** Probe by probe. */
function risesOf(probes: readonly UsedProbe[], injections: number): Figures {
  const rises = new Float64Array(probes.length * injections);
  for (const [p, { values, peaks }] of probes.entries()) {
    for (let i = 0; i < injections; i++)
      rises[p * injections + i] = values[peaks[i]!]! - values[i * SPACING]!;
  }
  return {
    values: rises,
    originOf: (index) => {
      const probe = probes[Math.floor(index / injections)]!;
      const i = index % injections;
      return { probe, entries: [i * SPACING, probe.peaks[i]!] };
    },
  };
}

/** Every so many figures from one on. */
function columnOf({ values, originOf }: Figures, first: number, every: number): Figures {
  return {
    values: Float64Array.from({ length: values.length / every }, (_, row) => values[row * every + first]!),
    originOf: (row) => originOf(row * every + first),
  };
}

/** A share kept: of what was gained since an entry at a peak, so long after it. */
export interface Share {
  readonly probe: UsedProbe;
  readonly start: number;
  readonly peak: number;
  readonly lag: number;
}

/** @param unit of the shares: fractions or per cent */
export function sharesOf(shares: readonly Share[], unit: 1 | 100): Figures {
  return {
    values: Float64Array.from(shares, ({ probe: { values }, start, peak, lag }) => {
      const before = values[start]!;
      return ((values[peak + lag]! - before) / (values[peak]! - before)) * unit;
    }),
    originOf: (index) => {
      const { probe, start, peak, lag } = shares[index]!;
      return { probe, entries: [start, peak, peak + lag] };
    },
  };
}

/** What is left of the whole gain, so long after the last peak. */
export function lastShares(probes: readonly UsedProbe[], lag: number): Figures {
  return sharesOf(
    probes.map((probe) => ({ probe, start: 0, peak: probe.peaks.at(-1)!, lag })),
    100,
  );
}

/** Quirk 4: rows from which injections without gain are missing, cut to the shortest and turned into columns. */
function shiftedColumns(probes: readonly UsedProbe[], injections: number): Figures[] {
  const rows = probes.map((probe) => {
    const { values, peaks } = probe;
    const row: (Share | undefined)[] = [];
    for (let i = 0; i < injections; i++) {
      const start = i * SPACING;
      const peak = peaks[i]!;
      if (values[peak]! > values[start]!) row.push({ probe, start, peak, lag: LAG });
      // A gap holds its place until the columns stand.
      else if (values[peak] === values[start]) row.push(undefined);
    }
    return row;
  });
  const width = Math.min(...rows.map((row) => row.length));
  return Array.from({ length: width }, (_, column) => {
    const shares = rows.map((row) => row[column]).filter((share) => share !== undefined);
    if (shares.length > 0) return sharesOf(shares, 1);
    throw nothingLeft(
      `Column ${column} of the retainability per injection is empty: its ${rows.length} probes all have exactly the value ` +
        `before the injection as their local acquisition maximum`,
    );
  });
}

/** @param figures at least one */
function meanOf(figures: Figures): number {
  const { mean, kept } = createFilteredMean(figures.values.length)(figures.values);
  if (kept === 0) throw notANumber(figures);
  return mean;
}

function raw({ values }: Figures): readonly number[] {
  return withoutOutliers(values);
}

/** Why the outlier filter left nothing: one figure that is no number, or all but endless, makes its bounds no numbers. */
export function notANumber({ values, originOf }: Figures): Error {
  const unordered = values.findIndex((value) => Number.isNaN(value));
  const greatest = (): number =>
    values.reduce((most, value, i) => (Math.abs(value) > Math.abs(values[most]!) ? i : most), 0);
  const { probe, entries } = originOf(unordered === -1 ? greatest() : unordered);
  const entry = entries.find((at) => !Number.isFinite(probe.values[at]!)) ?? entries[0]!;
  return stops(
    'not-a-number',
    `The ${describePlace(probe.place)}, is ${-probe.values[entry]!} at entry ${entry}, and the outlier filter then leaves ` +
      `nothing of its condition and kind to average`,
    'ZeroDivisionError',
    { place: logPlace(probe.place, entry) },
  );
}

function nothingLeft(reason: string): Error {
  return stops('nothing-left', reason, 'IndexError');
}
