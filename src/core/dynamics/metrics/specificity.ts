import type { Series } from '../../results/series';
import { baseline } from './acquisition';
import { difference } from './difference';

/** S(t) = ℓ(target) − mean ℓ(foils), nats, at the steps that have both (DESIGN section 2, specificity). */
export function specificity(target: Series, foils: Series): Series {
  return difference(target, foils);
}

/**
 * S(last) − S(t_1), nats: knowledge of this fact, and not target words that became likelier everywhere.
 * @param last step that S has to have
 */
export function specificityGain(
  s: Series,
  encounters: readonly number[],
  last: number | undefined,
): number | undefined {
  const before = baseline(s, encounters, 0);
  return before === undefined || s.steps.at(-1) !== last ? undefined : s.values.at(-1)! - before.value;
}
