import { conditionIn, type Condition, type Fact, type ProbeFile, type Run } from '../probes/model';
import { encountersOf, pseudoEncounters, type ScheduleFiles } from '../probes/schedule';
import type { ProbeSeries, RunSeries } from '../results/series';

/** A probe's series with what its fact meets in the run. */
export interface Member extends ProbeSeries {
  readonly condition: Condition | null;
  /** Steps, ascending; none for controls. */
  readonly encounters: readonly number[];
  /** What is measured against: the encounters; for controls the run's, as pseudo-encounters. */
  readonly reference: readonly number[];
}

/**
 * Every probe of the file in a run. Where the run has no schedule of its own that is any fact's, controls are measured
 * against the longest one of its facts, of several the one that most have, of these the earliest: a file names each
 * fact's injections, and all of them together are nobody's encounters.
 */
export function membersOf(file: ProbeFile, run: Run, series: RunSeries, schedules?: ScheduleFiles): Member[] {
  const facts = new Map(
    file.facts.map((fact) => {
      const encounters = encountersOf(fact, run, schedules).map(({ step }) => step);
      return [fact, { encounters, condition: conditionIn(fact, run.id.value) ?? null }] as const;
    }),
  );
  const shared = run.injections?.value.kind !== 'file';
  const own = shared ? pseudoEncounters(run, schedules).map(({ step }) => step) : [];
  const pseudo = own.length > 0 ? own : longest([...facts.values()].map(({ encounters }) => encounters));
  return series.probes.map((probe) => {
    const { encounters, condition } = facts.get(probe.fact)!;
    const reference = condition === 'control' ? pseudo : encounters;
    // Name by name, as rows are: of a spread each would have a hidden class of its own.
    const { fact, target, foils, newest, newestStale } = probe;
    return { fact, probe: probe.probe, target, foils, newest, newestStale, condition, encounters, reference };
  });
}

/** The longest; of several the one that stands there most often, of these the earliest: their order does not matter. */
function longest(schedules: readonly (readonly number[])[]): readonly number[] {
  const counts = new Map<string, number>();
  for (const steps of schedules) counts.set(steps.join(), (counts.get(steps.join()) ?? 0) + 1);
  const often = (steps: readonly number[]): number => counts.get(steps.join()) ?? 0;
  return schedules.reduce<readonly number[]>((best, steps) => {
    const order = steps.length - best.length || often(steps) - often(best) || earlier(steps, best);
    return order > 0 ? steps : best;
  }, []);
}

/** Above 0 where the first different step of `one`, which is as long, comes before `other`'s. */
function earlier(one: readonly number[], other: readonly number[]): number {
  const at = one.findIndex((step, i) => step !== other[i]);
  return at === -1 ? 0 : other[at]! - one[at]!;
}

/** Numbers the members' facts from 0: the units that a bootstrap draws. */
export function factUnits(members: readonly Member[]): Map<Fact, number> {
  const units = new Map<Fact, number>();
  for (const { fact } of members) if (!units.has(fact)) units.set(fact, units.size);
  return units;
}
