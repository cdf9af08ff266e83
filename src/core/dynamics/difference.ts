import type { Series } from '../results/series';
import { lastAtMost } from './interpolate';

/** a − b at the steps that both have. */
export function difference(a: Series, b: Series): Series {
  const common = a.steps.flatMap((step, i) => {
    const at = lastAtMost(b.steps, step);
    return b.steps[at] === step ? [{ step, value: a.values[i]! - b.values[at]! }] : [];
  });
  return { steps: common.map(({ step }) => step), values: common.map(({ value }) => value) };
}
