import { expect, it } from 'vitest';
import { membersOf } from '../../../src/core/dynamics/members';
import { summarizeProbes } from '../../../src/core/dynamics/summarize';
import { runSeries } from '../../../src/core/results/series';
import { probeFile, scored } from '../results/scored';

const file = probeFile(`
version: 1
runs:
  - { id: r, checkpoints: 'ck/{step}', injections: [0] }
facts:
  - id: f
    condition: duplication
    passage: Some text.
    probes:
      - { id: a, kind: semantic, prompt: A, target: [one, two] }
`);
const run = file.runs[0]!;

it('the first target alone is no change of what all accepted targets had', () => {
  const summary = (without: number) => {
    const parts = [0, 10].map((step) =>
      scored(file, 'r', step, ({ role }) =>
        role === 'alternative' && step === without ? undefined : step === 0 ? -5 : -4,
      ),
    );
    return summarizeProbes(run, membersOf(file, run, runSeries(file, parts)), (row) => row)[0]!;
  };
  expect(summary(-1)).toMatchObject({ step: 10, stale: false });
  expect(summary(-1).change).toBeCloseTo(1, 12);
  // ln 2 of the other target is missing from the last score: nothing was lost or gained by it.
  expect(summary(10)).toMatchObject({ step: 10, logprob: -4, change: null });
});
