import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fitsOf } from '../../../src/core/dynamics/fits/fits';
import { lagGrid } from '../../../src/core/dynamics/metrics/retention';
import type { Run } from '../../../src/core/probes/model';
import { tokensBetween } from '../../../src/core/probes/schedule';
import { probeFile } from '../results/scored';

const [template] = probeFile(`
version: 1
runs: [{ id: r, checkpoints: 'ck/{step}' }]
`).runs;
const spans = fc
  .uniqueArray(fc.integer({ min: 1, max: 5000 }), { maxLength: 4 })
  .chain((starts) =>
    fc.tuple(
      ...[0, ...starts.sort((a, b) => a - b)].map((from) =>
        fc.record({ from: fc.constant(from), value: fc.integer({ min: 1, max: 1e6 }) }),
      ),
    ),
  );

/** Steps until so many tokens have been seen, by halving. */
function stepsFor(run: Run, from: number, tokens: number): number {
  let [low, high] = [from, from + 1e7];
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2;
    if (tokensBetween(run, from, middle)! < tokens) low = middle;
    else high = middle;
  }
  return high - from;
}

it('steps become tokens and steps again, with batches that change on the way', () => {
  const step = fc.integer({ min: 0, max: 6000 });
  fc.assert(
    fc.property(spans, step, step, (tokensPerStep, from, lag) => {
      const run = { ...template!, tokensPerStep };
      expect(stepsFor(run, from, tokensBetween(run, from, from + lag)!)).toBeCloseTo(lag, 6);
      const half = from + lag / 3;
      const parts = tokensBetween(run, from, half)! + tokensBetween(run, half, from + lag)!;
      expect(parts / Math.max(1, tokensBetween(run, from, from + lag)!)).toBeCloseTo(lag === 0 ? 0 : 1, 9);
    }),
  );
});

it('horizon and half-life in tokens are those in steps', () => {
  const lags = lagGrid(1000);
  const parameter = fc.double({ min: 0.15, max: 0.4, noNaN: true });
  fc.assert(
    fc.property(spans, parameter, (tokensPerStep, a) => {
      const run = { ...template!, tokensPerStep };
      const tokens = (lag: number) => tokensBetween(run, 950, 950 + lag);
      const meanR = lags.map((t) => 1 - a * Math.log10(t));
      const { fit, exponential } = fitsOf(lags, meanR, { from: 0, checkpoints: 60, tokens });
      expect(stepsFor(run, 950, fit!.horizonTokens!) / fit!.horizon!).toBeCloseTo(1, 9);
      expect(stepsFor(run, 950, exponential!.halfLifeTokens!) / exponential!.halfLife!).toBeCloseTo(1, 9);
    }),
  );
});
