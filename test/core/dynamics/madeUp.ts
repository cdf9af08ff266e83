import { randomNormal } from 'd3-random';
import { kernelAt, type Kernel } from '../../../src/core/dynamics/kernel/kernel';
import { lastAtMost } from '../../../src/core/dynamics/metrics/interpolate';
import type { KernelProbe } from '../../../src/core/dynamics/kernel/trajectories';
import { seededRandom } from '../../../src/core/random';

/** A run whose kernel is known. */
export interface MadeUp {
  readonly kernel: Kernel;
  readonly encounters: readonly number[];
  readonly steps: readonly number[];
  /** Nats that each encounter adds, and how much that differs from fact to fact (standard deviation of its logarithm). */
  readonly rise?: number;
  readonly spread?: number;
  /** Steps from an encounter to its peak; a straight line until then. */
  readonly delay?: number;
  /** Standard deviation of each measurement, nats. */
  readonly noise?: number;
  readonly facts?: number;
  readonly probesPerFact?: number;
  readonly seed?: number;
}

/** Trajectories worked out directly: each rise falls by the kernel from its own peak. */
export function madeUp(run: MadeUp): KernelProbe[] {
  const { kernel, encounters, steps, rise = 0.5, delay = 10, noise = 0 } = run;
  const { uniform } = seededRandom(7, run.seed ?? 1);
  const normal = randomNormal.source(uniform)();
  return Array.from({ length: run.facts ?? 1 }, (_, fact) => {
    const scale = rise * Math.exp((run.spread ?? 0) * normal());
    return Array.from({ length: run.probesPerFact ?? 1 }, (): KernelProbe => {
      const start = -6 - uniform();
      const values = steps.map((step) => {
        const left = encounters.map((encounter) => {
          const lag = step - encounter - delay;
          return lag > 0 ? kernelAt(kernel, lag) : Math.max(0, 1 + lag / delay);
        });
        return start + scale * left.reduce((a, b) => a + b, 0) + noise * normal();
      });
      const baseline = values[lastAtMost(steps, encounters[0]!)]!;
      return { fact, series: { steps, values }, encounters, baseline };
    });
  }).flat();
}

/** Every step from `from` to `to`. */
export function everyStep(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** Encounters at an interval, from step 0. */
export function regular(times: number, every: number): number[] {
  return Array.from({ length: times }, (_, i) => i * every);
}
