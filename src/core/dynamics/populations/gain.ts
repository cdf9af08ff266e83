import type { KernelSums } from './kernelSums';

/** What is left of all a fact's encounters, nats. */
export interface Gain {
  readonly mean: number;
  readonly deviation: number;
}

/**
 * Mean and standard deviation of the gain at the end of a training, both exact: it is a sum over the steps of
 * independent encounters, each worth rise · K(lag). The peak of an encounter in update t is taken to be θ_{t+1}, so
 * that the lags are 0 … steps − 1 (DESIGN section 6, forward model).
 * @param encounter its probability in a step
 * @param rise nats
 * @param sums of the kernel over all the training's steps
 */
export function expectedGain(encounter: number, rise: number, sums: KernelSums): Gain {
  return {
    mean: rise * encounter * sums.kept,
    deviation: rise * Math.sqrt(encounter * (1 - encounter) * sums.squares),
  };
}
