import {
  FEWEST_FACTS,
  percentileInterval,
  resampledWeights,
  STREAM,
  type BootstrapOptions,
} from '../bootstrap/bootstrap';
import { controlSample } from '../bootstrap/controls';
import { thresholdOf, type Kernel, type KernelInterval } from './kernel';
import type { Estimate } from './estimate';
import { isDetermined, refineKernel } from './fit';
import { isNet, meanTrajectories } from './trajectories';

/** Steps of a and b that no figure of an interval shows. */
const PRECISION = 1e-6;

/**
 * Intervals by bootstrap over facts, the controls drawn independently where they have been subtracted. Each sample's mean
 * trajectory is searched for its own peaks, and its kernel followed down from that of all facts.
 * @param controls control facts of the run
 * @returns null where there are too few facts or controls
 */
export function kernelInterval(
  { sums, optimum }: Estimate,
  controls: number,
  options: BootstrapOptions,
): KernelInterval | null {
  const net = isNet(sums);
  if (optimum === undefined || sums.facts < FEWEST_FACTS || (net && controls < FEWEST_FACTS)) return null;
  const drawnControls = resampledWeights(net ? controls : 0, options, STREAM.controls);
  const drawn = resampledWeights(sums.facts, options).map((weights, i): Kernel => {
    const { shift } = controlSample(drawnControls[i]);
    const trajectories = meanTrajectories(sums, { weights, shift });
    if (trajectories.length === 0) return NONE;
    const fit = refineKernel(trajectories, optimum, PRECISION);
    return isDetermined(fit) ? fit : NONE;
  });
  return {
    a: percentileInterval(drawn.map(({ a }) => a)),
    b: percentileInterval(drawn.map(({ b }) => b)),
    threshold: percentileInterval(drawn.map((kernel) => (kernel === NONE ? NaN : thresholdOf(kernel)))),
  };
}

const NONE: Kernel = { a: NaN, b: NaN };
