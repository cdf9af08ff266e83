import type { Series } from '../results/series';
import { lastAtMost } from './interpolate';
import { modelShape, type ModelData, type ModelShape } from './kernelModel';
import { layoutOf, peaksOf, peakSearch, type PeakSearch } from './kernelPoints';

/** A probe whose rises a kernel is fitted to. */
export interface KernelProbe {
  /** Probes of one fact are drawn together: any value that is the same for them alone. */
  readonly fact: unknown;
  readonly series: Series;
  /** Steps, ascending; at least one. */
  readonly encounters: readonly number[];
}

/** The probes of one schedule, as sums fact by fact, so that their mean is quick to draw anew. */
export interface ScheduleSums {
  readonly encounters: readonly number[];
  readonly steps: readonly number[];
  readonly facts: readonly FactSum[];
  readonly search: PeakSearch;
  /** Shapes of the model by where the peaks are. */
  readonly shapes: Map<string, ModelShape>;
}

interface FactSum {
  /** Place among all facts. */
  readonly fact: number;
  readonly probes: number;
  /** Σ over the fact's probes of ℓ − ℓ_1 at each step, nats. */
  readonly sums: Float64Array;
}

export interface KernelSums {
  readonly schedules: readonly ScheduleSums[];
  readonly facts: number;
  /** Probes that have scores at all steps of their schedule's others. */
  readonly probes: number;
}

/**
 * Sorts probes by schedule. A schedule's mean trajectory has the steps that at least half of its probes have; a probe
 * that lacks one of them is left out, for a set that changed on the way would make steps of its own.
 * @param window t_w in steps
 */
export function kernelSums(probes: readonly KernelProbe[], window: number): KernelSums {
  const bySchedule = grouped(probes, ({ encounters }) => encounters.join());
  const facts = new Map<unknown, number>();
  const numberOf = (fact: unknown) => {
    if (!facts.has(fact)) facts.set(fact, facts.size);
    return facts.get(fact)!;
  };
  const schedules = [...bySchedule.values()].flatMap((all) => {
    const { encounters } = all[0]!;
    const steps = commonSteps(all);
    const start = lastAtMost(steps, encounters[0]!);
    if (start < 0) return [];
    const complete = all.flatMap((probe) => {
      const values = valuesAt(probe.series, steps);
      return values === undefined ? [] : [{ fact: numberOf(probe.fact), values }];
    });
    const sums = [...grouped(complete, ({ fact }) => fact)].map(([fact, own]): FactSum => {
      const sum = new Float64Array(steps.length);
      for (const { values } of own)
        for (let i = 0; i < sum.length; i++) sum[i]! += values[i]! - values[start]!;
      return { fact, probes: own.length, sums: sum };
    });
    const search = peakSearch(steps, encounters, window);
    return sums.length === 0 ? [] : [{ encounters, steps, facts: sums, search, shapes: new Map() }];
  });
  return {
    schedules,
    facts: facts.size,
    probes: schedules.flatMap((schedule) => schedule.facts).reduce((sum, { probes: own }) => sum + own, 0),
  };
}

/**
 * The mean trajectories of the facts drawn, with their peaks.
 * @param weights how often each fact is drawn; each once when not given
 * @returns one per schedule that has a fact drawn, a peak, and a checkpoint after a peak
 */
export function modelData(
  { schedules }: KernelSums,
  weights?: ArrayLike<number>,
): (ModelData & OfSchedule)[] {
  return schedules.flatMap((schedule) => {
    const { encounters, steps, facts, search, shapes } = schedule;
    const values = new Float64Array(steps.length);
    let probes = 0;
    for (const { fact, probes: own, sums } of facts) {
      const weight = weights === undefined ? 1 : weights[fact]!;
      if (weight === 0) continue;
      probes += weight * own;
      for (let i = 0; i < values.length; i++) values[i]! += weight * sums[i]!;
    }
    if (probes === 0) return [];
    for (let i = 0; i < values.length; i++) values[i]! /= probes;
    const peaks = peaksOf(search, values);
    const key = peaks.join();
    const shape = shapes.get(key) ?? modelShape(steps, layoutOf(steps, encounters, peaks));
    shapes.set(key, shape);
    if (shape.layout.points.length === 0) return [];
    return [
      {
        peakLevels: Float64Array.from(peaks, (at) => values[at]!),
        levels: Float64Array.from(shape.layout.points, ({ at }) => values[at]!),
        shape,
        probes,
        schedule,
      },
    ];
  });
}

export interface OfSchedule {
  readonly schedule: ScheduleSums;
}

function grouped<T, K>(all: readonly T[], key: (one: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const one of all) {
    const group = groups.get(key(one));
    if (group === undefined) groups.set(key(one), [one]);
    else group.push(one);
  }
  return groups;
}

/** Steps that at least half of the probes have, ascending. */
function commonSteps(all: readonly KernelProbe[]): number[] {
  const counts = new Map<number, number>();
  for (const { series } of all)
    for (const step of series.steps) counts.set(step, (counts.get(step) ?? 0) + 1);
  return [...counts].flatMap(([step, n]) => (n * 2 >= all.length ? [step] : [])).sort((a, b) => a - b);
}

/** A series' values at all of the steps; undefined where one is missing. */
function valuesAt({ steps, values }: Series, wanted: readonly number[]): number[] | undefined {
  const found = wanted.map((step) => {
    const at = lastAtMost(steps, step);
    return steps[at] === step ? values[at]! : undefined;
  });
  return found.every((value) => value !== undefined) ? found : undefined;
}
