import type { Kernel } from '../kernel/kernel';

/** When a fact counts as known, and how that is found out. */
export interface Goal {
  readonly kernel: Kernel;
  /** What an encounter adds, nats. */
  readonly rise: number;
  /** Steps of the training whose encounters reach their peaks before its end. */
  readonly steps: number;
  /** The gain from which on a fact is known, nats. */
  readonly level: number;
  /** Whether the gain has to be there at the end of the training, or was there once. */
  readonly when: 'end' | 'ever';
  /** Trainings of a simulation. */
  readonly samples: number;
  readonly seed: number;
}

/** The probability that a fact becomes known. */
export interface Known {
  readonly probability: number;
  /** Of a simulated one; 0 of the others. */
  readonly standardError: number;
  /**
   * `exact`: by counting. `bound`: 0 or 1, an inequality says that it is within {@link NEGLIGIBLE} of that.
   * `simulation`: the share of the simulated trainings.
   */
  readonly method: 'exact' | 'bound' | 'simulation';
}

/** Probabilities below this are taken as 0. */
export const NEGLIGIBLE = 1e-9;

/** Σ K over the encounters from which on a fact is known; a level that is met but for rounding is met. */
export function kernelNeeded({ level, rise }: Goal): number {
  return (level / rise) * (1 - 1e-12);
}

/** Fewer encounters than this are not enough, even if all of them were at their peak. */
export function fewestEncounters(goal: Goal): number {
  return Math.ceil(kernelNeeded(goal));
}
