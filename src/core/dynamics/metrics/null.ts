import type { Fact, ProbeKind } from '../../probes/model';
import type { Series } from '../../results/series';
import { effectivity, fixedLagEffectivity } from './acquisition';
import { difference } from './difference';
import { fenced } from './fence';
import { factUnits, type Member } from '../members';
import { gain } from './retention';
import { mean, quantile } from '../statistics';
import { addTo, createTotals, type Totals } from '../bootstrap/totals';

/**
 * The control facts' probes of one kind, and what the measures give on them with another's encounters (DESIGN
 * section 2, null): the maximum of a noisy window is above zero for facts never seen. All numbers are missing where
 * there are no controls. Units of all totals are the run's control facts, whatever the kind.
 */
export interface Null {
  readonly probes: number;
  /** E by control fact and encounter. */
  readonly effectivity: (encounters: readonly number[]) => Totals;
  /** Mean fixed-lag effectivity of encounter i, zero-based. */
  readonly fixedLag: (encounters: readonly number[], i: number) => number | undefined;
  /** 95th percentile of the denominators of R. */
  readonly rise: (encounters: readonly number[]) => number | undefined;
  /** For R net of the controls; undefined where no control has scores at all steps at which any has. */
  readonly net: NetNull | undefined;
}

/** What the measures give when the mean control trajectory has been subtracted. */
export interface NetNull {
  /** The controls' steps. */
  readonly steps: readonly number[];
  /** ℓ less the mean control trajectory by control fact and step, of the controls that have all steps. */
  readonly apart: Totals;
  /** Subtracts the mean control trajectory, at the steps that both have. */
  readonly subtract: (series: Series) => Series;
  /**
   * 95th percentile of the denominators of R, net as well: of each control less the mean of the others. Undefined of a
   * single control.
   */
  readonly rise: (encounters: readonly number[]) => number | undefined;
}

/**
 * @param window t_w in steps
 * @param fence as for the effectivities it is compared with: over the probes × encounters of the null, null for none
 */
export function nullOf(
  members: readonly Member[],
  kind: ProbeKind,
  window: number,
  fence: number | null = null,
): Null {
  const all = members.filter(({ condition }) => condition === 'control');
  const units = factUnits(all);
  const controls = all.filter(({ probe, target }) => probe.kind === kind && target.steps.length > 0);
  const targets = controls.map(({ target }) => target);
  return {
    probes: controls.length,
    effectivity: memoized((encounters) => {
      const { rows } = fenced(
        targets.map((series) => encounters.map((_, i) => effectivity(series, encounters, i, window))),
        fence,
      );
      const totals = createTotals(units.size, encounters.length);
      for (const [at, row] of rows.entries()) {
        const unit = units.get(controls[at]!.fact)!;
        for (const [i, value] of row.entries()) if (value !== undefined) addTo(totals, unit, i, value);
      }
      return totals;
    }),
    fixedLag: memoized((encounters, i) =>
      mean(defined(targets, (series) => fixedLagEffectivity(series, encounters, i, window))),
    ),
    rise: memoized((encounters) => largeRise(targets, encounters, window)),
    net: netOf(controls, units, window),
  };
}

function netOf(
  controls: readonly Member[],
  units: ReadonlyMap<Fact, number>,
  window: number,
): NetNull | undefined {
  // Probes of one log share one array of steps.
  const steps = new Set([...new Set(controls.map(({ target }) => target.steps))].flat()).size;
  // A set that changed on the way would make steps of its own.
  const complete = controls.filter(({ target }) => target.steps.length === steps);
  const [first] = complete;
  if (first === undefined) return undefined;
  const drift = meanSeries(complete.map(({ target }) => target));
  const apart = createTotals(units.size, steps);
  const less = complete.map(({ target }) => difference(target, drift));
  for (const [i, { values }] of less.entries()) {
    const unit = units.get(complete[i]!.fact)!;
    for (const [at, value] of values.entries()) addTo(apart, unit, at, value);
  }
  // x − mean of the others = (x − mean of all) · n / (n − 1)
  const n = complete.length;
  const fromOthers = less.map((series) => scaled(series, n / (n - 1)));
  return {
    steps: first.target.steps,
    apart,
    subtract: (series) => difference(series, drift),
    rise: memoized((encounters) => (n < 2 ? undefined : largeRise(fromOthers, encounters, window))),
  };
}

function largeRise(
  all: readonly Series[],
  encounters: readonly number[],
  window: number,
): number | undefined {
  return quantile(
    defined(all, (series) => gain(series, encounters, window)?.rise),
    0.95,
  );
}

function defined<T>(all: readonly T[], measure: (one: T) => number | undefined): number[] {
  return all.map(measure).filter((value) => value !== undefined);
}

/** @param all at least one, all with the same steps */
function meanSeries(all: readonly Series[]): Series {
  const { steps } = all[0]!;
  const sums = new Float64Array(steps.length);
  for (const { values } of all) for (const [at, value] of values.entries()) sums[at]! += value;
  return { steps, values: Array.from(sums, (sum) => sum / all.length) };
}

function scaled({ steps, values }: Series, factor: number): Series {
  return { steps, values: values.map((value) => value * factor) };
}

/** Many probes share one schedule. */
function memoized<T>(
  measure: (encounters: readonly number[], i: number) => T,
): (encounters: readonly number[], i?: number) => T {
  const known = new Map<string, T>();
  return (encounters, i = 0) => {
    const key = `${i}:${encounters.join()}`;
    if (!known.has(key)) known.set(key, measure(encounters, i));
    return known.get(key)!;
  };
}
