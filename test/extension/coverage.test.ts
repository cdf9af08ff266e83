import { expect, it } from 'vitest';
import { coverageOf, shortCoverageOf } from '../../src/extension/results/coverage';
import type { RunSummary } from '../../src/protocol/analysis';

const run = (changes: Partial<RunSummary> = {}): RunSummary => ({
  run: 's1',
  checkpoints: 12,
  scored: 12,
  missing: 0,
  ...changes,
});

it.each([
  [run({ scored: 0 }), '12 checkpoints'],
  [run({ checkpoints: 1, scored: 0 }), '1 checkpoint'],
  [run({ scored: 5 }), '5 of 12 checkpoints scored'],
  [run(), '12 of 12 checkpoints scored'],
  [run({ missing: 1 }), '12 of 12 checkpoints scored, 1 probe missing'],
  [run({ scored: 5, missing: 1200 }), '5 of 12 checkpoints scored, 1,200 probes missing'],
])('the lens of a run says what is scored and what is missing: %o', (summary, words) => {
  expect(coverageOf(summary)).toBe(words);
});

it.each([
  [[], 0, 'no runs'],
  [[run({ scored: 5 })], 0, 's1 5/12'],
  // One probe that is missing in both runs is one probe.
  [[run({ missing: 1 }), run({ run: 's2', missing: 1 })], 1, '2 runs 24/24, 1 probe missing'],
] as const)('the status does so for the file: %o', (runs, missing, words) => {
  expect(shortCoverageOf({ runs, missing, facts: [], probes: [], logs: [] })).toBe(words);
});
