import type { Series } from '../../../src/core/results/series';

/** `[step, value]` pairs as a series. */
export function series(...points: readonly (readonly [step: number, value: number])[]): Series {
  return { steps: points.map(([step]) => step), values: points.map(([, value]) => value) };
}
