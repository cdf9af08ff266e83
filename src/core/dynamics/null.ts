import type { Fact, ProbeKind } from '../probes/model';
import type { Series } from '../results/series';
import { effectivity, fixedLagEffectivity } from './acquisition';
import { difference } from './difference';
import { fenced } from './fence';
import { factUnits, type Member } from './members';
import { gain } from './retention';
import { mean, quantile } from './statistics';
import { addTo, columnMeans, createTotals, type Totals, type Weights } from './totals';

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
  /** ℓ by control fact and step, of the controls that have all steps. */
  readonly totals: Totals;
  /** The mean control trajectory at the controls' steps. @param weights of the control facts */
  readonly drift: (weights: Weights) => Float64Array;
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
  const totals = createTotals(units.size, steps);
  for (const { fact, target } of complete) {
    const unit = units.get(fact)!;
    for (let at = 0; at < steps; at++) addTo(totals, unit, at, target.values[at]!);
  }
  const drift = (weights: Weights) => columnMeans(totals, weights);
  const usual: Series = { steps: first.target.steps, values: Array.from(drift(undefined)) };
  // x − mean of the others = (x − mean of all) · n / (n − 1)
  const n = complete.length;
  const apart = complete.map(({ target }) => scaled(difference(target, usual), n / (n - 1)));
  return {
    steps: usual.steps,
    totals,
    drift,
    subtract: (series) => difference(series, usual),
    rise: memoized((encounters) => (n < 2 ? undefined : largeRise(apart, encounters, window))),
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
