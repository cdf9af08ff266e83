import { groupBy } from '../../groupBy';
import type { Series } from '../../results/series';
import { once } from '../bootstrap/controls';
import { lastAtMost } from '../metrics/interpolate';
import { modelShape, type ModelData, type ModelShape } from './model';
import type { NetNull } from '../metrics/null';
import { mean } from '../statistics';
import { layoutOf, peaksOf, peakSearch, type PeakSearch } from './points';

/** A probe whose rises a kernel is fitted to. */
export interface KernelProbe {
  /** Probes of one fact are drawn together: any value that is the same for them alone. */
  readonly fact: unknown;
  readonly series: Series;
  /** Steps, ascending; at least one. */
  readonly encounters: readonly number[];
  /** ℓ_1 as measured, nothing subtracted, nats. */
  readonly baseline: number;
  /** The controls that have been subtracted from the series; undefined where none have. */
  readonly net?: NetNull | undefined;
}

/** The probes of one schedule, as sums fact by fact, so that their mean is quick to draw anew. */
export interface ScheduleSums {
  readonly encounters: readonly number[];
  readonly steps: readonly number[];
  readonly facts: readonly FactSum[];
  /** Those that have all of the steps. */
  readonly probes: readonly KernelProbe[];
  /** Place of ℓ_1. */
  readonly start: number;
  readonly search: PeakSearch;
  /** Shapes of the model by where the peaks are. */
  readonly shapes: Map<string, ModelShape>;
}

/** A fact's probes, those of one kind of controls together. */
interface FactSum {
  /** Place among all facts. */
  readonly fact: number;
  readonly controls: Controls | undefined;
  readonly probes: number;
  /** Σ over the fact's probes of ℓ − ℓ_1 at each step, nats. */
  readonly sums: Float64Array;
}

interface Controls {
  readonly net: NetNull;
  /** Where the schedule's steps stand among the controls'. */
  readonly places: Int32Array;
}

export interface KernelSums {
  readonly schedules: readonly ScheduleSums[];
  /** Numbers of shapes that may still be kept, of all schedules together. */
  readonly room: { left: number };
  readonly facts: number;
  /** Probes that have scores at all steps of their schedule's others. */
  readonly probes: number;
}

/** Of 300 irregular encounters one shape has half a million numbers, and nearly every resample peaks elsewhere. */
const MOST_SHAPE_NUMBERS = 4_000_000;

/**
 * Sorts probes by schedule. A schedule's mean trajectory has the steps that at least half of its probes have; a probe
 * that lacks one of them is left out, for a set that changed on the way would make steps of its own.
 * @param window t_w in steps
 */
export function kernelSums(probes: readonly KernelProbe[], window: number): KernelSums {
  const bySchedule = groupBy(probes, ({ encounters }) => encounters.join());
  const facts = new Map<unknown, number>();
  const numberOf = (fact: unknown) => {
    if (!facts.has(fact)) facts.set(fact, facts.size);
    return facts.get(fact)!;
  };
  const schedules = [...bySchedule.values()].flatMap((all) => {
    const { encounters } = all[0];
    const steps = commonSteps(all);
    const start = lastAtMost(steps, encounters[0]!);
    const complete = all.flatMap((probe) => {
      const values = valuesAt(probe.series, steps);
      return values === undefined ? [] : [{ probe, values }];
    });
    if (start < 0 || complete.length === 0) return [];
    const controlsOf = once((net: NetNull | undefined) => controlsAt(net, steps));
    const facts = [...groupBy(complete, ({ probe }) => probe.fact)].flatMap(([fact, own]) =>
      [...groupBy(own, ({ probe }) => probe.net)].map(([net, alike]): FactSum => {
        const sums = new Float64Array(steps.length);
        for (const { values } of alike)
          for (let i = 0; i < sums.length; i++) sums[i]! += values[i]! - values[start]!;
        return { fact: numberOf(fact), controls: controlsOf(net), probes: alike.length, sums };
      }),
    );
    const probesOf = complete.map(({ probe }) => probe);
    const search = peakSearch(steps, encounters, window);
    return [
      { encounters, steps, start, facts, probes: probesOf, search, shapes: new Map<string, ModelShape>() },
    ];
  });
  return {
    schedules,
    room: { left: MOST_SHAPE_NUMBERS },
    facts: facts.size,
    probes: schedules.reduce((sum, schedule) => sum + schedule.probes.length, 0),
  };
}

/** Whether controls have been subtracted. */
export function isNet({ schedules }: KernelSums): boolean {
  return schedules.some(({ facts }) => facts.some(({ controls }) => controls !== undefined));
}

/** Mean ℓ_1 over the probes as measured, nats; null without probes. */
export function meanBaseline({ schedules }: KernelSums): number | null {
  return mean(schedules.flatMap(({ probes }) => probes.map(({ baseline }) => baseline))) ?? null;
}

/** A sample of the facts and controls. */
export interface KernelSample {
  /** How often each fact is drawn. */
  readonly weights: ArrayLike<number>;
  /** By how much the mean control trajectory differs from that of all controls, at the null's steps. */
  readonly shift: (net: NetNull) => Float64Array;
}

/** A mean trajectory as the model sees it, and the schedule it belongs to. */
export interface MeanTrajectory extends ModelData {
  readonly schedule: ScheduleSums;
  /** Mean ℓ − ℓ_1 at each of its steps, nats. */
  readonly values: Float64Array;
}

/**
 * The mean trajectories of the schedules, with their peaks.
 * @param sample each fact and control once when not given
 * @returns one per schedule that has a fact drawn, a peak, and a checkpoint after a peak
 */
export function meanTrajectories({ schedules, room }: KernelSums, sample?: KernelSample): MeanTrajectory[] {
  return schedules.flatMap((schedule) => {
    const { encounters, steps, search, shapes } = schedule;
    const { values, probes } = meanOf(schedule, sample);
    if (probes === 0) return [];
    const peaks = peaksOf(search, values);
    const key = peaks.join();
    let shape = shapes.get(key);
    if (shape === undefined) {
      shape = modelShape(steps, layoutOf(steps, encounters, peaks));
      room.left -= shape.peakLags.length + shape.lags.length;
      if (room.left >= 0) shapes.set(key, shape);
    }
    if (shape.layout.points.length === 0) return [];
    const peakLevels = Float64Array.from(peaks, (at) => values[at]!);
    const levels = Float64Array.from(shape.layout.points, ({ at }) => values[at]!);
    return [{ peakLevels, levels, shape, probes, schedule, values }];
  });
}

/** Mean ℓ − ℓ_1 at each step, and how many probes were drawn. */
function meanOf(
  { steps, start, facts }: ScheduleSums,
  sample: KernelSample | undefined,
): { values: Float64Array; probes: number } {
  const values = new Float64Array(steps.length);
  let probes = 0;
  const controls = new Map<Controls, number>();
  for (const { fact, controls: own, probes: n, sums } of facts) {
    const weight = sample === undefined ? 1 : sample.weights[fact]!;
    if (weight === 0) continue;
    probes += weight * n;
    for (let i = 0; i < values.length; i++) values[i]! += weight * sums[i]!;
    if (own !== undefined) controls.set(own, (controls.get(own) ?? 0) + weight * n);
  }
  if (sample !== undefined)
    for (const [{ net, places }, n] of controls) {
      const shift = sample.shift(net);
      const before = shift[places[start]!]!;
      for (let i = 0; i < values.length; i++) values[i]! -= n * (shift[places[i]!]! - before);
    }
  for (let i = 0; i < values.length; i++) values[i]! /= probes;
  return { values, probes };
}

function controlsAt(net: NetNull | undefined, steps: readonly number[]): Controls | undefined {
  return net && { net, places: Int32Array.from(steps, (step) => lastAtMost(net.steps, step)) };
}

/** Steps that at least half of the probes have, ascending. */
function commonSteps(all: readonly KernelProbe[]): readonly number[] {
  // Probes of one log share one array of steps.
  const arrays = groupBy(all, ({ series }) => series.steps);
  if (arrays.size === 1) return all[0]!.series.steps;
  const counts = new Map<number, number>();
  for (const [steps, { length }] of arrays)
    for (const step of steps) counts.set(step, (counts.get(step) ?? 0) + length);
  return [...counts].flatMap(([step, n]) => (n * 2 >= all.length ? [step] : [])).sort((a, b) => a - b);
}

/** A series' values at all of the steps; undefined where one is missing. */
function valuesAt({ steps, values }: Series, wanted: readonly number[]): readonly number[] | undefined {
  if (steps === wanted) return values;
  const found = wanted.map((step) => {
    const at = lastAtMost(steps, step);
    return steps[at] === step ? values[at]! : undefined;
  });
  return found.every((value) => value !== undefined) ? found : undefined;
}
