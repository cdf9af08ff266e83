import { expect, it } from 'vitest';
import { membersOf } from '../../../src/core/dynamics/members';
import { summarizeProbes, summarizeRuns } from '../../../src/core/dynamics/summarize';
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

it('one edited probe does not make the checkpoints look unscored: it is missing there', () => {
  const probes = ['a', 'b'].map(
    (id) => `      - { id: ${id}, kind: semantic, prompt: ${id}, target: one }\n`,
  );
  const two = probeFile(`
version: 1
runs:
  - { id: r, checkpoints: 'ck/{step}' }
  - { id: s, checkpoints: 'ck/{step}' }
facts:
  - id: f
    condition: control
    probes:
${probes.join('')}`);
  const parts = (without: (step: number, probe: string) => boolean) =>
    [0, 10].map((step) => scored(two, 'r', step, ({ probe }) => (without(step, probe) ? undefined : -5)));
  const summary = (without: (step: number, probe: string) => boolean) =>
    summarizeRuns(
      two.runs.map((each) => ({
        run: each,
        series: runSeries(two, parts(without)),
        checkpoints: [0, 10, 20],
      })),
    );
  expect(summary(() => false)).toMatchObject({ runs: [{ scored: 2, missing: 0 }, {}], missing: 0 });
  // Missing in both runs, it is one probe.
  expect(summary((_, probe) => probe === 'b')).toMatchObject({
    runs: [
      { run: 'r', checkpoints: 3, scored: 2, missing: 1 },
      { run: 's', checkpoints: 3, scored: 2, missing: 1 },
    ],
    missing: 1,
  });
  expect(summary((step, probe) => (step === 0) === (probe === 'b'))).toMatchObject({
    runs: [{ scored: 2, missing: 2 }, {}],
    missing: 2,
  });
  // Of its accepted targets one is not scored yet.
  const more = probeFile(`
version: 1
runs: [{ id: r, checkpoints: 'ck/{step}' }]
facts: [{ id: f, condition: control, probes: [{ kind: semantic, prompt: a, target: [one, two] }] }]
`);
  const only = scored(more, 'r', 0, ({ role }) => (role === 'target' ? -5 : undefined));
  const series = runSeries(more, [only]);
  expect(summarizeRuns([{ run: more.runs[0]!, series, checkpoints: [0] }])).toEqual({
    runs: [{ run: 'r', checkpoints: 1, scored: 1, missing: 1 }],
    missing: 1,
  });
  expect(summary(() => true)).toMatchObject({ runs: [{ scored: 0, missing: 0 }, {}], missing: 0 });
});
