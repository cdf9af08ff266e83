import type { ProbeKind } from '../probes/model';
import type { Series } from '../results/series';
import { effectivity, fixedLagEffectivity } from './acquisition';
import { lastAtMost } from './interpolate';
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
  rise(encounters: readonly number[]): number | undefined;
  /** Subtracts the mean control trajectory; undefined where no control has scores at every step. */
  subtract(series: Series): Series | undefined;
}

/** @param steps the run's @param window t_w in steps */
export function nullOf(
  members: readonly Member[],
  kind: ProbeKind,
  steps: readonly number[],
  window: number,
): Null {
  const controls = members
    .filter(({ condition, probe }) => condition === 'control' && probe.kind === kind)
    .map(({ target }) => target)
    .filter((series) => series.steps.length > 0);
  const drift = meanSeries(controls, steps);
  return {
    probes: controls.length,
    effectivity: memoized((encounters, i) =>
      mean(defined(controls, (series) => effectivity(series, encounters, i, window))),
    ),
    fixedLag: memoized((encounters, i) =>
      mean(defined(controls, (series) => fixedLagEffectivity(series, encounters, i, window))),
    ),
    rise: memoized((encounters) =>
      quantile(
        defined(controls, (series) => gain(series, encounters, window)?.rise),
        0.95,
      ),
    ),
    subtract: (series) => (drift === undefined ? undefined : difference(series, drift)),
  };
}

function defined<T>(all: readonly T[], measure: (one: T) => number | undefined): number[] {
  return all.map(measure).filter((value) => value !== undefined);
}

/** Mean of the series that have all steps: a set that changed on the way would make steps of its own. */
function meanSeries(all: readonly Series[], steps: readonly number[]): Series | undefined {
  const complete = all.filter((series) => series.steps.length === steps.length);
  if (complete.length === 0) return undefined;
  return { steps, values: steps.map((_, at) => mean(complete.map(({ values }) => values[at]!))!) };
}

/** a − b at the steps of a, which b has all. */
function difference(a: Series, b: Series): Series {
  return {
    steps: a.steps,
    values: a.values.map((value, i) => value - b.values[lastAtMost(b.steps, a.steps[i]!)]!),
  };
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
