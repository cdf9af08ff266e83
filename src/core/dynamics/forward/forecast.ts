import type { Series } from '../../results/series';
import { baseline } from '../metrics/acquisition';
import { lastAtMost } from '../metrics/interpolate';
import type { Kernel } from '../kernel/kernel';
import { estimateKernel, type Estimate } from '../kernel/estimate';
import { additionsOf } from '../kernel/model';
import { isNet, meanBaseline, type KernelProbe, type MeanTrajectory } from '../kernel/trajectories';
import { mean } from '../statistics';
import { isImpossible } from './ceiling';
import { predictLevels } from './predict';

/** A probe as far as it may be looked at, and as it went on. */
export interface ForecastProbe extends KernelProbe {
  /** The series up to the encounter that is the first to be forecast; its encounters are those before it. */
  readonly series: Series;
  /** All of it. */
  readonly whole: Series;
  readonly allEncounters: readonly number[];
}

/** The rest of a run as its first encounters foretell it, beside what came. Nats above the start, mean over probes. */
export interface Forecast {
  /** The mean control trajectory has been subtracted, from what is seen and from the truth. */
  readonly net: boolean;
  readonly probes: number;
  /** Encounters that were looked at, and in all; where schedules differ, of the one with most. */
  readonly seen: number;
  readonly encounters: number;
  /** Last step that was looked at. */
  readonly until: number;
  /** As fitted to what was seen; null where that does not support one: then nothing is forecast, and `why` says why. */
  readonly kernel: Kernel | null;
  readonly why: string | null;
  /** What each further encounter is taken to add: the mean of those seen. */
  readonly rise: number | null;
  /** After `until`, those that all of the probes have. */
  readonly steps: readonly number[];
  readonly predicted: readonly number[];
  /** Mean ℓ_1 as measured, controls not subtracted, nats; null without probes. */
  readonly baseline: number | null;
  /**
   * The first of the steps at which that and what is predicted exceed 0 nats, which no log probability does: from there on
   * at the latest the model, which knows no ceiling, no longer holds. As if the controls stayed where they were at ℓ_1.
   */
  readonly impossibleFrom: number | null;
  readonly truth: readonly number[];
  readonly error: ForecastError | null;
}

/** Over the steps not seen, nats. */
export interface ForecastError {
  readonly rmse: number;
  /** Mean of predicted − truth: above 0 where too much was promised. */
  readonly bias: number;
  /** Predicted − truth at the last step. */
  readonly atEnd: number;
  /** RMSE of the simplest guess, that the last level seen stays. */
  readonly rmseOfStaying: number;
}

/**
 * Forecasts the rest of a run from its first encounters (DESIGN section 6): kernel and rises are estimated only from what
 * was measured before; the schedule to come is known.
 * @param window t_w in steps
 */
export function forecast(probes: readonly ForecastProbe[], window: number): Forecast {
  const estimate = estimateKernel(probes, window);
  const { sums, trajectories, optimum, why } = estimate;
  const used = sums.schedules.flatMap((schedule) => schedule.probes as readonly ForecastProbe[]);
  const most = (count: (probe: ForecastProbe) => number) => Math.max(0, ...used.map(count));
  const until = most(({ series }) => series.steps.at(-1)!);
  const { steps, truth } = truthOf(used, until);
  const common = {
    net: isNet(sums),
    probes: used.length,
    seen: most(({ encounters }) => encounters.length),
    encounters: most(({ allEncounters }) => allEncounters.length),
    until,
    baseline: meanBaseline(sums),
  };
  const nothing = {
    ...{ kernel: null, rise: null, error: null },
    ...{ steps: [], predicted: [], impossibleFrom: null, truth: [] },
  };
  if (optimum === undefined) return { ...common, ...nothing, why };
  if (steps.length === 0) return { ...common, ...nothing, why: 'Nothing was measured after what was seen.' };
  const predicted = predict(estimate, optimum, [until, ...steps]);
  const rises = trajectories.flatMap((one) => [...additionsOf(one, optimum).value]);
  const last = truthOf(used, -Infinity);
  const lastSeen = last.truth[last.steps.indexOf(until)] ?? predicted[0]!;
  return {
    ...common,
    kernel: { a: optimum.a, b: optimum.b },
    why: null,
    rise: mean(rises)!,
    steps,
    predicted: predicted.slice(1),
    impossibleFrom: steps.find((_, i) => isImpossible(common.baseline!, predicted[i + 1]!)) ?? null,
    truth,
    error: errorOf(predicted.slice(1), truth, lastSeen),
  };
}

/** The mean over schedules, each by its probes. */
function predict({ trajectories }: Estimate, kernel: Kernel, steps: readonly number[]): number[] {
  const total = steps.map(() => 0);
  let probes = 0;
  for (const one of trajectories) {
    const levels = predictSchedule(one, kernel, steps);
    levels.forEach((level, i) => (total[i]! += level * one.probes));
    probes += one.probes;
  }
  return total.map((sum) => sum / probes);
}

function predictSchedule(one: MeanTrajectory, kernel: Kernel, steps: readonly number[]): number[] {
  const { schedule, shape } = one;
  const rises = [...additionsOf(one, kernel).value];
  const peaks = shape.layout.peaks.map((at) => schedule.steps[at]!);
  // Each peak with the last encounter before it: one without a checkpoint in its window adds to the next.
  const met = peaks.map((peak) => schedule.encounters.findLast((encounter) => encounter < peak)!);
  const delays = peaks.map((peak, i) => peak - met[i]!);
  const { allEncounters } = schedule.probes[0] as ForecastProbe;
  const toCome = allEncounters.slice(schedule.encounters.length);
  return predictLevels(
    {
      encounters: [...met, ...toCome],
      rises: [...rises, ...toCome.map(() => mean(rises)!)],
      peakDelay: [...delays, ...toCome.map(() => mean(delays)!)],
      kernel,
    },
    steps,
  );
}

/** Mean ℓ − ℓ_1 after a step, at the steps that all probes have. */
function truthOf(probes: readonly ForecastProbe[], after: number): { steps: number[]; truth: number[] } {
  const wholes = probes.map(({ whole, allEncounters }) => ({
    whole,
    start: baseline(whole, allEncounters, 0)!.value,
  }));
  const steps = (wholes[0]?.whole.steps ?? []).filter(
    (step) =>
      step > after && wholes.every(({ whole }) => whole.steps[lastAtMost(whole.steps, step)] === step),
  );
  const truth = steps.map((step) =>
    mean(wholes.map(({ whole, start }) => whole.values[lastAtMost(whole.steps, step)]! - start))!,
  );
  return { steps, truth };
}

function errorOf(predicted: readonly number[], truth: readonly number[], lastSeen: number): ForecastError {
  const errors = predicted.map((level, i) => level - truth[i]!);
  const rms = (values: readonly number[]) => Math.sqrt(mean(values.map((value) => value ** 2))!);
  return {
    rmse: rms(errors),
    bias: mean(errors)!,
    atEnd: errors.at(-1)!,
    rmseOfStaying: rms(truth.map((level) => lastSeen - level)),
  };
}
