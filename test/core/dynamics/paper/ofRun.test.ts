import { describe, expect, it } from 'vitest';
import { measuredFrom } from '../../../../src/core/dynamics/paper/measuredLog';
import { paperLog, paperNotes } from '../../../../src/core/dynamics/paper/ofRun';
import {
  PAPER_KINDS,
  PAPER_PARTS,
  PROBE_KIND_OF,
  type PublishedLog,
} from '../../../../src/core/dynamics/paper/publishedLog';
import type { FailureError } from '../../../../src/core/failure';
import type { Condition, ProbeFile } from '../../../../src/core/probes/model';
import type { MeasuredLog } from '../../../../src/core/results/measured/log';
import { probeFile } from '../../results/scored';
import { recipeLog } from './recipe';

const EXAMPLES = 122;
const published = recipeLog(5, EXAMPLES, [
  { kind: 'gen', part: 'first', examples: [3, 4], probes: [0, 4], entries: [1, 2], value: null },
  { kind: 'mem', part: 'target', examples: [7, 7], probes: [2, 2], entries: [3, 3], value: 'NaN' },
]);
const log = measuredFrom(published, (example, kind, place) => ({
  fact: `f${example}`,
  probe: `${PROBE_KIND_OF[kind]}-${place + 1}`,
}));

function paperCondition(example: number): Condition {
  return example < 40 ? 'paraphrase' : example < 80 ? 'duplication' : example < 120 ? 'once' : 'control';
}

function fileWith(
  condition: (example: number) => Condition | null = paperCondition,
  injections = '{ start: 0, every: 100, times: 10 }',
): ProbeFile {
  const facts = Array.from({ length: EXAMPLES }, (_, e) => {
    const given = condition(e);
    return `  - { id: f${e}, passage: A text.${given === null ? '' : `, condition: ${given}`} }`;
  });
  return probeFile(
    `version: 1\nruns: [{ id: r, log: r.scores, injections: ${injections} }]\nfacts:\n${facts.join('\n')}\n`,
  );
}

function paperOf(measured: MeasuredLog, file = fileWith()) {
  const run = file.runs[0]!;
  return { log: paperLog(measured, run.id.value), notes: paperNotes(measured, file, run) };
}

/** With null where there is one; NaN stays NaN. */
function withNulls({ logprobs, ...rest }: PublishedLog) {
  const columns = PAPER_KINDS.flatMap((kind) => PAPER_PARTS.map((part) => logprobs[kind][part]));
  return {
    ...rest,
    logprobs: columns.map(({ values, missing }) =>
      Array.from(values, (value, at) => (missing?.[at] === 1 ? null : value)),
    ),
  };
}

describe('a run’s log for the procedure', () => {
  it('is the published log that it was made from, to the bit', () => {
    const { log: back, notes } = paperOf(log);
    expect(notes).toEqual([]);
    expect(withNulls(back)).toEqual(withNulls(published));
    expect(published.logprobs.gen.first.missing).toContain(1);
  });

  it('tells where the probe file’s conditions are others than the procedure’s', () => {
    const file = fileWith((e) =>
      e === 45 || e === 50 ? 'once' : e === 121 ? 'paraphrase' : paperCondition(e),
    );
    expect(paperOf(log, file).notes).toEqual([
      expect.stringContaining(
        '3 of 122 facts are something else there. The first is “f45”, example 45: once, taken for duplication.',
      ),
    ]);
    expect(
      paperOf(
        log,
        fileWith((e) => (e === 0 ? null : paperCondition(e))),
      ).notes,
    ).toEqual([expect.stringContaining('“f0”, example 0: without a condition, taken for paraphrase.')]);
  });

  it('tells where facts are injected at other steps', () => {
    for (const injections of [
      '{ start: 0, every: 50, times: 10 }',
      '{ start: 0, every: 100, times: 9 }',
      '[7]',
    ])
      expect(paperOf(log, fileWith(paperCondition, injections)).notes).toEqual([
        expect.stringContaining('the schedule of “f0” in this run is another'),
      ]);
  });

  it.each([
    [
      'without the values of the first token',
      ({ logprob_first: _, ...rest }: MeasuredLog) => rest,
      '5 probes of each kind',
    ],
    [
      'with four probes of a kind',
      (all: MeasuredLog) => ({ ...all, probes: all.probes.slice(1) }),
      '5 probes of each kind',
    ],
    [
      'with a step left out',
      (all: MeasuredLog) => ({ ...all, steps: [0, 1, 3, 4, 5] }),
      'entry 2 has step 3',
    ],
  ])('is refused %s', (_, change, reason) => {
    let failure;
    try {
      paperOf(change(log));
    } catch (error) {
      failure = (error as FailureError).failure;
    }
    expect(failure?.code).toBe('paper-structure');
    expect(failure?.message).toContain(reason);
  });
});
