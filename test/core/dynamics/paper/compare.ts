import { expect } from 'vitest';

/** What the published code's figures have to be met to. */
const RELATIVE = 1e-12;

/**
 * Every number of `expected`, at the same place in `actual`.
 * @returns how many there were
 */
export function expectFigures(actual: unknown, expected: unknown, place: string): number {
  if (typeof expected === 'number') {
    const off = Math.abs((actual as number) - expected);
    if (!(off <= RELATIVE * Math.abs(expected)))
      expect.fail(`${place}: ${String(actual)} is not ${expected}`);
    return 1;
  }
  if (Array.isArray(expected)) {
    expect((actual as ArrayLike<unknown>).length, place).toBe(expected.length);
    return expected.reduce<number>(
      (sum, each, i) => sum + expectFigures((actual as ArrayLike<unknown>)[i], each, `${place}[${i}]`),
      0,
    );
  }
  return Object.entries(expected as object).reduce(
    (sum, [name, each]) =>
      sum + expectFigures((actual as Record<string, unknown>)[name], each, `${place}.${name}`),
    0,
  );
}
