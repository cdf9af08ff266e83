import type { ProbeKind } from '../probes/model';
import type { Series } from '../results/series';
import { effectivity, fixedLagEffectivity } from './acquisition';
import { difference } from './difference';
import type { Member } from './members';
import { gain } from './retention';
import { mean, quantile } from './statistics';

/**
 * The control facts' probes of one kind, and what the measures give on them with another's encounters (DESIGN
 * section 2, null): the maximum of a noisy window is above zero for facts never seen. All numbers are missing where
 * there are no controls.
 */
export interface Null {
  readonly probes: number;
  /** Mean E of encounter i, zero-based. */
  effectivity(encounters: readonly number[], i: number): number | undefined;
  fixedLag(encounters: readonly number[], i: number): number | undefined;
  /** 95th percentile of the denominators of R. */
  readonly rise: (encounters: readonly number[]) => number | undefined;
  /** For R net of the controls; undefined where no control has scores at all steps at which any has. */
  readonly net: NetNull | undefined;
}

/** What the measures give when the mean control trajectory has been subtracted. */
export interface NetNull {
  /** Subtracts the mean control trajectory, at the steps that both have. */
  subtract(series: Series): Series;
  /**
   * 95th percentile of the denominators of R, net as well: of each control less the mean of the others. Undefined of a
   * single control.
   */
  readonly rise: (encounters: readonly number[]) => number | undefined;
}

/** @param window t_w in steps */
export function nullOf(members: readonly Member[], kind: ProbeKind, window: number): Null {
  const controls = members
    .filter(({ condition, probe }) => condition === 'control' && probe.kind === kind)
    .map(({ target }) => target)
    .filter((series) => series.steps.length > 0);
  return {
    probes: controls.length,
    effectivity: memoized((encounters, i) =>
      mean(defined(controls, (series) => effectivity(series, encounters, i, window))),
    ),
    fixedLag: memoized((encounters, i) =>
      mean(defined(controls, (series) => fixedLagEffectivity(series, encounters, i, window))),
    ),
    rise: memoized((encounters) => largeRise(controls, encounters, window)),
    net: netOf(controls, window),
  };
}

function netOf(controls: readonly Series[], window: number): NetNull | undefined {
  const steps = new Set(controls.flatMap((series) => series.steps)).size;
  // A set that changed on the way would make steps of its own.
  const complete = controls.filter((series) => series.steps.length === steps);
  if (complete.length === 0) return undefined;
  const drift = meanSeries(complete);
  // x − mean of the others = (x − mean of all) · n / (n − 1)
  const n = complete.length;
  const apart = complete.map((series) => scaled(difference(series, drift), n / (n - 1)));
  return {
    subtract: (series) => difference(series, drift),
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

/** @param all at least one, all with the same steps */
function meanSeries(all: readonly Series[]): Series {
  const { steps } = all[0]!;
  return { steps, values: steps.map((_, at) => mean(all.map(({ values }) => values[at]!))!) };
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
