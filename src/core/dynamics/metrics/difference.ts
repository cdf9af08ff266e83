import type { Series } from '../../results/series';

/** a − b at the steps that both have. Where these are all of a's, the result shares a's steps. */
export function difference(a: Series, b: Series): Series {
  if (
    a.steps === b.steps ||
    (a.steps.length === b.steps.length && a.steps.every((step, i) => step === b.steps[i]))
  )
    return { steps: a.steps, values: a.values.map((value, i) => value - b.values[i]!) };
  const steps: number[] = [];
  const values: number[] = [];
  for (let i = 0, j = 0; i < a.steps.length && j < b.steps.length;) {
    const [left, right] = [a.steps[i]!, b.steps[j]!];
    if (left === right) {
      steps.push(left);
      values.push(a.values[i]! - b.values[j]!);
    }
    if (left <= right) i++;
    if (right <= left) j++;
  }
  return { steps: steps.length === a.steps.length ? a.steps : steps, values };
}
