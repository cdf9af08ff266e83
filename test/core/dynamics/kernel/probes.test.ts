import { randomNormal } from 'd3-random';
import { describe, expect, it } from 'vitest';
import { analyzeRun } from '../../../../src/core/dynamics/analyzeRun';
import { kernelAt } from '../../../../src/core/dynamics/kernel/kernel';
import { seededRandom } from '../../../../src/core/random';
import { experiment, type MadeFact } from '../experiment';

const TRUE = { a: 0.4, b: 1.3 };
/** 10^(b/a). */
const THRESHOLD = 1778;
const DELAY = 5;
const STEPS = [
  ...Array.from({ length: 20 }, (_, i) => i * 5),
  ...Array.from({ length: 30 }, (_, i) => Math.round(100 * 200 ** (i / 29))),
];

/** Facts met once at step 0 and as many controls, rises of `rise`, noise of 0.3 nats a measurement. */
function noisy(seed: number, rise: number) {
  const normal = randomNormal.source(seededRandom(seed).uniform)(0, 0.3);
  const fact = (condition: MadeFact['condition']): MadeFact => ({
    condition,
    probes: [
      {
        kind: 'semantic',
        values: STEPS.map((step) => {
          const left = step <= DELAY ? step / DELAY : kernelAt(TRUE, step - DELAY);
          return -9 + (condition === 'once' ? rise * left : 0) + normal();
        }),
      },
    ],
  });
  const facts = Array.from({ length: 20 }, () => [fact('once'), fact('control')]).flat();
  const { file, series } = experiment({ steps: STEPS, injections: [0], facts });
  const bootstrap = { resamples: 200, seed: 1 };
  return analyzeRun(file, file.runs[0]!, series, { bootstrap }).groups.find(
    ({ condition }) => condition === 'once',
  )!;
}

describe('the probes of a kernel', () => {
  it('are not chosen by their peaks, which noise would have raised', () => {
    const groups = Array.from({ length: 8 }, (_, i) => noisy(i + 1, 0.5));
    for (const { kernel, netRetention } of groups) {
      expect(netRetention!.leftOut).toBeGreaterThan(0);
      expect(kernel!.probes).toBe(20);
    }
    const held = groups.filter(({ kernel }) => {
      const { low, high } = kernel!.fit!.interval!.threshold!;
      return (low ?? Infinity) <= THRESHOLD && (high ?? Infinity) >= THRESHOLD;
    });
    // Chosen as for mean R, next to none.
    expect(held.length).toBeGreaterThanOrEqual(5);
  });

  it('are none where none rose by more than noise does', () => {
    const found = Array.from({ length: 8 }, (_, i) => noisy(i + 1, -1));
    for (const { kernel } of found) {
      expect(kernel).toMatchObject({ fit: null, probes: 0 });
      expect(kernel!.why).toMatch(/Nothing was acquired/);
    }
  });
});
