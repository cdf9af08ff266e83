import type { Fact, ProbeKind } from '../probes/model';
import type { EncounterEffectivity } from './analysis';
import { effectivity, fixedLagEffectivity, localAcquisitionMaximum } from './metrics/acquisition';
import type { ControlSample } from './bootstrap/controls';
import { fenced } from './metrics/fence';
import type { Member } from './members';
import type { Null } from './metrics/null';
import { mean } from './statistics';
import { addTo, columnTotals, createTotals, type Totals, type Weights } from './bootstrap/totals';

/** The effectivities of a group, fact by fact, and of the nulls they are held against. */
export interface EffectivitySample {
  /** E by fact and encounter. */
  readonly own: Totals;
  /** For each fact and null, how many of the fact's probes were measured at each encounter. Undefined for controls. */
  readonly compared: readonly Compared[] | undefined;
  /** Effectivities that the fence leaves out. */
  readonly outliers: number;
}

interface Compared {
  readonly unit: number;
  /** E of the controls of one kind with one schedule, by control fact and encounter. */
  readonly none: Totals;
  readonly counts: Float64Array;
}

/** Means of a sample, nats; NaN where nothing was measured. */
export interface EffectivityFigures {
  /** Over all encounters: E, null, net. */
  readonly overall: Float64Array;
  /** By encounter. */
  readonly mean: Float64Array;
  readonly null: Float64Array;
  readonly net: Float64Array;
}

export type Nulls = ReadonlyMap<ProbeKind, Null>;

/**
 * @param units numbers of the members' facts
 * @param nulls undefined where the members are the controls themselves
 * @param window t_w in steps
 * @param fence see {@link fenced}; over the group's probes × encounters
 */
export function effectivitySample(
  members: readonly Member[],
  units: ReadonlyMap<Fact, number>,
  nulls: Nulls | undefined,
  window: number,
  fence: number | null,
): EffectivitySample {
  const encounters = Math.max(0, ...members.map(({ reference }) => reference.length));
  const { rows, outliers } = fenced(
    members.map(({ target, reference }) =>
      reference.map((_, i) => effectivity(target, reference, i, window)),
    ),
    fence,
  );
  const own = createTotals(units.size, encounters);
  const compared = new Map<string, Compared>();
  for (const [at, row] of rows.entries()) {
    const { fact, probe, reference } = members[at]!;
    const unit = units.get(fact)!;
    const key = `${unit} ${probe.kind} ${reference.join()}`;
    const none = nulls?.get(probe.kind)?.effectivity(reference);
    if (none !== undefined && !compared.has(key))
      compared.set(key, { unit, none, counts: new Float64Array(encounters) });
    for (const [i, value] of row.entries()) {
      if (value === undefined) continue;
      addTo(own, unit, i, value);
      const entry = compared.get(key);
      if (entry !== undefined) entry.counts[i]! += 1;
    }
  }
  return { own, compared: nulls && [...compared.values()], outliers };
}

/**
 * Effectivity of a group, encounter by encounter and over all (DESIGN section 2). The null of an encounter is the mean
 * over the probes that were measured, of what each probe's own schedule gives on the controls of its own kind, and
 * missing where one of them has none. Net effectivity is the difference of the means, unclipped.
 * @param weights of the group's facts
 */
export function effectivityFigures(
  { own, compared }: EffectivitySample,
  weights: Weights,
  controls: ControlSample,
): EffectivityFigures {
  const { sums, counts } = columnTotals(own, weights);
  const mean = sums.map((sum, i) => sum / counts[i]!);
  const ofNull = new Float64Array(counts.length);
  for (const { unit, none, counts: measured } of compared ?? []) {
    const weight = weights === undefined ? 1 : weights[unit]!;
    if (weight === 0) continue;
    const means = controls.means(none);
    for (let i = 0; i < measured.length; i++) {
      if (measured[i]! > 0) ofNull[i]! += weight * measured[i]! * means[i]!;
    }
  }
  const none = ofNull.map((sum, i) => (compared === undefined ? NaN : sum / counts[i]!));
  const net = mean.map((value, i) => value - none[i]!);
  const overall = [mean, none, net].map((values) => weightedMean(values, counts));
  return { overall: Float64Array.from(overall), mean, null: none, net };
}

/**
 * Mean over probes and encounters: each encounter counts as often as probes were measured. Missing where one that was
 * measured has no value: a null of other encounters than the effectivity's would not be its own.
 */
function weightedMean(values: Float64Array, counts: Float64Array): number {
  let [sum, n] = [0, 0];
  for (const [i, value] of values.entries()) {
    if (counts[i] === 0) continue;
    sum += value * counts[i]!;
    n += counts[i]!;
  }
  return sum / n;
}

/** What stands beside the means of each encounter. */
export type EncounterFacts = Omit<EncounterEffectivity, 'mean' | 'null' | 'net' | 'interval'>;

/**
 * When each encounter was, what was measured at it, and the fixed-lag effectivity.
 * @param sample of the same members
 */
export function encounterFacts(
  all: readonly Member[],
  { own }: EffectivitySample,
  nulls: Nulls | undefined,
  window: number,
): EncounterFacts[] {
  const { counts } = columnTotals(own, undefined);
  return Array.from(counts, (n, i) => {
    const members = all.filter(({ reference }) => reference.length > i);
    const fixed = members.flatMap(({ target, reference, probe }) => {
      const value = fixedLagEffectivity(target, reference, i, window);
      return value === undefined ? [] : [{ value, none: nulls?.get(probe.kind)?.fixedLag(reference, i) }];
    });
    const known = fixed.map(({ none }) => none).filter((none) => none !== undefined);
    return {
      encounter: i + 1,
      step: Math.min(...members.map(({ reference }) => reference[i]!)),
      fixedLag: mean(fixed.map(({ value }) => value)) ?? null,
      // Of the same probes: where schedules differ, so do their nulls.
      fixedLagNull: known.length === fixed.length ? (mean(known) ?? null) : null,
      n,
      checkpointsInWindow: mean(
        members.map(
          ({ target, reference }) => localAcquisitionMaximum(target, reference, i, window)?.checkpoints ?? 0,
        ),
      )!,
    };
  });
}
