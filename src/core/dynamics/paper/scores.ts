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
        meanOf(group.target.map((probe) => share(probe, 0, probe.peaks.at(-1)!, LAG, 100)));
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
  const injections = Array.from({ length: block.injections }, (_, i) => i);
  const rises = probes.map((probe) => injections.map((i) => rise(probe, i)));
  const average = block.condition === 'once' ? raw : meanOf;
  return {
    effectivity: meanOf(rises.flat()),
    perInjection: {
      effectivity: injections.map((i) => average(rises.map((row) => row[i]!))),
      retainability: shiftedColumns(probes, injections).map((column) => average(column)),
    },
  };
}

/** A figure of one probe, with the entries that it comes from: the first that is no number is to blame. */
export interface Figure {
  readonly value: number;
  readonly probe: UsedProbe;
  readonly entries: readonly number[];
}

function rise(probe: UsedProbe, injection: number): Figure {
  const { values, peaks } = probe;
  const start = injection * SPACING;
  const peak = peaks[injection]!;
  return { value: values[peak]! - values[start]!, probe, entries: [start, peak] };
}

/** What is kept `lag` entries after a peak of what was gained since `start`. */
export function share(probe: UsedProbe, start: number, peak: number, lag: number, unit: 1 | 100): Figure {
  const { values } = probe;
  const before = values[start]!;
  const value = ((values[peak + lag]! - before) / (values[peak]! - before)) * unit;
  return { value, probe, entries: [start, peak, peak + lag] };
}

/** Quirk 4: rows from which injections without gain are missing, cut to the shortest and turned into columns. */
function shiftedColumns(probes: readonly UsedProbe[], injections: readonly number[]): Figure[][] {
  const rows = probes.map((probe) =>
    injections.flatMap((i) => {
      const { values, peaks } = probe;
      const start = i * SPACING;
      const peak = peaks[i]!;
      if (values[peak]! > values[start]!) return [share(probe, start, peak, LAG, 1)];
      // A gap holds its place until the columns stand.
      return values[peak] === values[start] ? [undefined] : [];
    }),
  );
  const width = Math.min(...rows.map((row) => row.length));
  return Array.from({ length: width }, (_, column) => {
    const figures = rows.map((row) => row[column]).filter((figure) => figure !== undefined);
    if (figures.length > 0) return figures;
    throw nothingLeft(
      `Column ${column} of the retainability per injection is empty: its ${rows.length} probes all have exactly the value ` +
        `before the injection as their local acquisition maximum`,
    );
  });
}

/** @param figures at least one */
function meanOf(figures: readonly Figure[]): number {
  const values = Float64Array.from(figures, ({ value }) => value);
  const { mean, kept } = createFilteredMean(values.length)(values);
  if (kept === 0) throw notANumber(figures);
  return mean;
}

function raw(figures: readonly Figure[]): readonly number[] {
  return withoutOutliers(Float64Array.from(figures, ({ value }) => value));
}

/** Why the outlier filter left nothing: one figure that is no number, or all but endless, makes its bounds no numbers. */
export function notANumber(figures: readonly Figure[]): Error {
  const { probe, entries } =
    figures.find(({ value }) => Number.isNaN(value)) ??
    figures.reduce((most, figure) => (Math.abs(figure.value) > Math.abs(most.value) ? figure : most));
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
