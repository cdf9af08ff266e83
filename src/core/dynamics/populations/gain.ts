import type { KernelSums } from './kernelSums';

/** What is left of all a fact's encounters, nats. */
export interface Gain {
  readonly mean: number;
  readonly deviation: number;
}

/**
 * Mean and standard deviation of the gain at the end of a training, both exact: it is a sum over the steps of
 * independent encounters, each worth rise · K(lag after its peak) (DESIGN section 6, forward model).
 * @param encounter its probability in a step
 * @param rise nats
 * @param sums of the kernel over all steps whose encounters reach their peaks before the end
 */
export function expectedGain(encounter: number, rise: number, sums: KernelSums): Gain {
  return {
    mean: rise * encounter * sums.kept,
    deviation: rise * Math.sqrt(encounter * (1 - encounter) * sums.squares),
  };
}
