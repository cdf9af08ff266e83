import { logGamma } from '../forward/logSum';
import type { Kernel } from '../kernel/kernel';
import { intervalWithin } from './encounters';
import { expectedGain } from './gain';
import { fewestEncounters, kernelNeeded, NEGLIGIBLE, type Goal, type Known } from './goal';
import { kernelSums, lastLag, leftAt } from './kernelSums';

/**
 * Whether a fact becomes known, where no simulation is needed: for every goal a function of the probability of an
 * encounter in a step. It tells
 * - exactly: what is certain or impossible whatever the chances; `ever` with a level that one encounter reaches; `end`
 *   where the interval is so far beyond the threshold that three encounters never count together (one and two are
 *   counted out);
 * - by an inequality, where there are too few encounters for the level, or where it lies far out in the gain's
 *   distribution, in units of its deviation (Bernstein's inequality).
 * Undefined in between.
 */
export function decider(goal: Goal): (encounter: number) => Known | undefined {
  const { kernel, rise, steps, level, when } = goal;
  const sums = kernelSums(kernel, steps);
  const needed = kernelNeeded(goal);
  if (level <= 0) return () => exactly(1);
  // Steps whose encounters are not wholly forgotten at the end.
  const window = Math.min(lastLag(kernel) + 1, steps);
  if (needed > sums.kept) return () => exactly(0);
  if (when === 'ever' && needed <= 1)
    return (encounter) => exactly(encounter === 0 ? 0 : intervalWithin(encounter, steps));
  const counted = when === 'end' && window <= COUNTABLE ? countUpToTwo(kernel, needed, window) : undefined;
  const fewest = fewestEncounters(goal);
  return (encounter) => {
    if (encounter === 0) return exactly(0);
    if (encounter === 1) return exactly(1);
    if (counted !== undefined && atLeast(3, window, encounter) <= NEGLIGIBLE)
      return exactly(
        counted.singles * encounter * (1 - encounter) ** (window - 1) +
          counted.pairs * encounter ** 2 * (1 - encounter) ** (window - 2),
      );
    if (atLeast(fewest, when === 'end' ? window : steps, encounter) <= NEGLIGIBLE) return bounded(0);
    const gain = expectedGain(encounter, rise, sums);
    const distance = Math.abs(level - gain.mean);
    const tail = Math.exp(-(distance ** 2) / (2 * (gain.deviation ** 2 + (rise * distance) / 3)));
    if (gain.mean > level) return tail <= NEGLIGIBLE ? bounded(1) : undefined;
    // Ever above the level: at one of the steps at least.
    return tail * (when === 'ever' ? steps : 1) <= NEGLIGIBLE ? bounded(0) : undefined;
  };
}

const exactly = (probability: number): Known => ({ probability, standardError: 0, method: 'exact' });
const bounded = (probability: number): Known => ({ probability, standardError: 0, method: 'bound' });

/** An upper bound of the probability of so many encounters: the expected number of groups of that many. */
function atLeast(encounters: number, steps: number, encounter: number): number {
  if (encounters > steps) return 0;
  const logGroups = logGamma(steps + 1) - logGamma(encounters + 1) - logGamma(steps - encounters + 1);
  return Math.exp(logGroups + encounters * Math.log(encounter));
}

/** Windows up to this are counted out: a few hundredths of a second. */
const COUNTABLE = 1e7;

/** How many single lags, and pairs of lags, in 0 … window − 1 have kernels that sum up to what is needed. */
function countUpToTwo(kernel: Kernel, needed: number, window: number): { singles: number; pairs: number } {
  let singles = 0;
  while (singles < window && leftAt(kernel, singles) >= needed) singles++;
  let pairs = 0;
  // The kernel falls: the later the first lag, the earlier the last second one.
  let second = window - 1;
  for (let first = 0; first < second; first++) {
    const rest = needed - leftAt(kernel, first);
    while (second > first && leftAt(kernel, second) < rest) second--;
    pairs += second - first;
  }
  return { singles, pairs };
}
