import { describe, expect, it } from 'vitest';
import { analyzeRun } from '../../../src/core/dynamics/analyzeRun';
import type { GroupAnalysis, RunAnalysis } from '../../../src/core/dynamics/analysis';
import type { ScheduleFiles } from '../../../src/core/probes/schedule';
import type { Part } from '../../../src/core/results/part';
import { runSeries } from '../../../src/core/results/series';
import { probeFile, scored } from '../results/scored';

const text = `
version: 1
runs:
  - id: r
    seed: 3
    checkpoints: ck/step-{step}
    tokensPerStep: 100
    injections: [0, 50]
    window: 20
facts:
  - id: seen
    condition: duplication
    passage: Some text.
    probes:
      - { id: a, kind: semantic, prompt: A, target: one, foils: [two] }
      - { id: b, kind: semantic, prompt: B, target: two, foils: [one] }
  - id: unseen
    condition: control
    probes:
      - { id: c, kind: semantic, prompt: C, target: three, foils: [one] }
`;
const file = probeFile(text);
const run = file.runs[0]!;

/** ℓ of the targets by step; foils stay at −8. */
const values: Record<string, Record<number, number>> = {
  a: { 0: -6, 10: -5, 20: -5.5, 50: -5.6, 60: -3, 70: -3.5, 100: -4, 200: -4.5, 1060: -5 },
  b: { 0: -7, 10: -6.5, 20: -6, 50: -6.8, 60: -6.1, 70: -5, 100: -5.5, 200: -6, 1060: -6.5 },
  c: { 0: -9, 10: -8.9, 20: -9.1, 50: -9, 60: -8.8, 70: -8.7, 100: -8.6, 200: -8.5, 1060: -8.4 },
};
const allSteps = Object.keys(values['a']!).map(Number);

function analyze(
  {
    of = file,
    steps = allSteps,
    without = '',
  }: { of?: typeof file; steps?: number[]; without?: string } = {},
  fact?: string,
): RunAnalysis {
  const parts = steps.map((step): Part =>
    scored(of, 'r', step, ({ role, probe }) =>
      `${probe}@${step}` === without ? undefined : role === 'foil' ? -8 : values[probe]![step],
    ),
  );
  return analyzeRun(of, of.runs[0]!, runSeries(of, parts), fact === undefined ? {} : { fact });
}

const groupOf = (analysis: RunAnalysis, condition: string): GroupAnalysis =>
  analysis.groups.find((group) => group.condition === condition)!;

describe('a run worked out by hand', () => {
  const analysis = analyze();
  const seen = groupOf(analysis, 'duplication');
  const control = groupOf(analysis, 'control');

  it('says what it is about', () => {
    expect(analysis).toMatchObject({
      run: 'r',
      group: 'r',
      seed: 3,
      window: 20,
      steps: allSteps,
      coverage: { probes: 3, complete: 3, stale: 0 },
      notes: [],
    });
    expect(
      analysis.groups.map(({ condition, kind, facts, probes }) => [condition, kind, facts, probes]),
    ).toEqual([
      ['duplication', 'semantic', 1, 2],
      ['control', 'semantic', 1, 1],
    ]);
  });

  it('has the mean change since the baseline at every checkpoint', () => {
    // a: −6 at 0, b: −7 at 0.
    expect(seen.trajectory.meanDelta).toEqual(
      [0, 0.75, 0.75, 0.3, 1.95, 2.25, 1.75, 1.25, 0.75].map(closeTo),
    );
    expect(seen.trajectory.n).toEqual(allSteps.map(() => 2));
    expect(seen.trajectory.encounters).toEqual([0, 50]);
    expect(control.trajectory.encounters).toEqual([]);
  });

  it('has effectivity, null and net of each encounter', () => {
    // First: a 1, b 1; control 0.1. Second: a −3 + 5.6, b −5 + 6.8; control 0.3. At lag 20: a 0.5, b 1; control −0.1.
    expect(seen.effectivity).toEqual([
      {
        encounter: 1,
        step: 0,
        mean: closeTo(1),
        null: closeTo(0.1),
        net: closeTo(0.9),
        fixedLag: closeTo(0.75),
        fixedLagNull: closeTo(-0.1),
        n: 2,
        checkpointsInWindow: 2,
        interval: null,
      },
      {
        encounter: 2,
        step: 50,
        mean: closeTo(2.2),
        null: closeTo(0.3),
        net: closeTo(1.9),
        fixedLag: closeTo((2.1 + 1.8) / 2),
        fixedLagNull: closeTo(0.3),
        n: 2,
        checkpointsInWindow: 2,
        interval: null,
      },
    ]);
    expect(seen.meanEffectivity).toBeCloseTo(1.6, 12);
    expect(seen.meanNull).toBeCloseTo(0.2, 12);
    expect(seen.meanNet).toBeCloseTo(1.4, 12);
  });

  it('measures controls with pseudo-encounters, as the null they are', () => {
    expect(control.effectivity.map(({ step, mean }) => [step, mean])).toEqual([
      [0, closeTo(0.1)],
      [50, closeTo(0.3)],
    ]);
    expect(control).toMatchObject({ meanNull: null, meanNet: null, retention: null, netRetention: null });
  });

  it('has mean R over one set of probes, with the ratio of means beside it', () => {
    // a rises by 3 to step 60, b by 2 to step 70: at lag 990 the second ends, and the grid inside it.
    const { lags, meanR, ratioOfMeans, n, leftOut, incomplete, threshold } = seen.retention!;
    expect([n, leftOut, incomplete]).toEqual([2, 0, 0]);
    expect(threshold).toBeCloseTo(0.3, 12);
    expect(lags.at(-1)).toBeCloseTo(10 ** (59 / 20), 9);
    const r = (top: number, start: number, from: [number, number], to: [number, number], lag: number) => {
      const share = (Math.log1p(lag) - Math.log1p(from[0])) / (Math.log1p(to[0]) - Math.log1p(from[0]));
      return (from[1] + (to[1] - from[1]) * share - start) / (top - start);
    };
    const a10 = (-3.5 + 6) / 3;
    const b10 = r(-5, -7, [0, -5], [30, -5.5], 10);
    expect(meanR[20]).toBeCloseTo((a10 + b10) / 2, 12);
    expect(ratioOfMeans[20]).toBeCloseTo((3 * a10 + 2 * b10) / 5, 12);
    expect(meanR[0]).toBeLessThan(1);
  });

  it('has a fit with its horizon in steps and in tokens', () => {
    const { fit, why } = seen.retention!;
    expect(why).toBeNull();
    // The first checkpoint after the peak is 10 and 30 steps later: the twenty lags from 1 on are not measured.
    expect(fit!.points).toBe(40);
    expect(fit!.a).toBeGreaterThan(0);
    expect(fit!.horizon).toBeCloseTo(10 ** (fit!.b / fit!.a), 9);
    expect(fit!.horizonTokens).toBeCloseTo(100 * fit!.horizon!, 6);
  });

  it('subtracts the control trajectory before the ratio', () => {
    // a: −6 + 9 = 3 at 0, −3 + 8.8 = 5.8 at 60, −5 + 8.4 = 3.4 at 1060.
    const { meanR, n } = groupOf(analyze({}, 'seen'), 'duplication').netRetention!;
    expect(n).toBe(2);
    const raw = seen.retention!.meanR.at(-1)!;
    expect(meanR.at(-1)!).toBeLessThan(raw);
  });

  it('has specificity', () => {
    // The foils do not move: a +1, b +0.5 from step 0 to the last, control +0.6.
    expect(seen.specificity).toBeCloseTo(0.75, 12);
    expect(control.specificity).toBeCloseTo(0.6, 12);
  });

  it('of one fact still has the null of all controls', () => {
    const one = analyze({}, 'seen');
    expect(one.groups).toEqual([seen]);
    expect(one.coverage.probes).toBe(2);
  });

  it('is the same twice', () => {
    expect(JSON.stringify(analyze())).toBe(JSON.stringify(analysis));
  });
});

describe('what is missing is missing', () => {
  it('without controls nothing is calibrated, and that is said', () => {
    const alone = probeFile(text.slice(0, text.indexOf('  - id: unseen')));
    const analysis = analyze({ of: alone });
    expect(groupOf(analysis, 'duplication')).toMatchObject({
      meanEffectivity: closeTo(1.6),
      meanNull: null,
      meanNet: null,
      netRetention: null,
      retention: { threshold: 0.05 },
    });
    expect(analysis.notes).toEqual([expect.stringMatching(/not calibrated for semantic.*no control facts/)]);
  });

  it('with one checkpoint only', () => {
    const group = groupOf(analyze({ steps: [0] }), 'duplication');
    expect(group.trajectory.meanDelta).toEqual([0]);
    expect(
      group.effectivity.map(({ mean, n, checkpointsInWindow }) => [mean, n, checkpointsInWindow]),
    ).toEqual([
      [null, 0, 0],
      [null, 0, 0],
    ]);
    expect(group.retention).toMatchObject({ n: 0, leftOut: 0, incomplete: 2, lags: [], fit: null });
    expect(group.retention!.why).toMatch(/no probe has a checkpoint/i);
    expect(group.specificity).toBeCloseTo(0, 12);
  });

  it('without a checkpoint in the last window', () => {
    const group = groupOf(analyze({ steps: [0, 10, 50, 100, 200, 1060] }), 'duplication');
    expect(group.effectivity.map(({ n }) => n)).toEqual([2, 0]);
    expect(group.retention).toMatchObject({ n: 0, incomplete: 2, fit: null });
    expect(group.meanEffectivity).toBeCloseTo((1 + 0.5) / 2, 12);
  });

  it('without a baseline', () => {
    const analysis = analyze({ steps: [10, 20, 50, 60, 70, 1060] });
    const group = groupOf(analysis, 'duplication');
    expect(group.trajectory.meanDelta).toEqual([null, null, null, null, null, null]);
    expect(group.effectivity.map(({ n }) => n)).toEqual([0, 2]);
    expect(group.specificity).toBeNull();
    expect(analysis.notes).toEqual([expect.stringMatching(/no checkpoint at or before .* step 10/)]);
  });

  it('a probe that ends early is left out, not the end of the others', () => {
    const analysis = analyze({ without: 'b@1060' });
    expect(groupOf(analysis, 'duplication').retention).toMatchObject({ n: 1, leftOut: 0, incomplete: 1 });
    expect(groupOf(analysis, 'duplication').trajectory.n.at(-1)).toBe(1);
    expect(analysis.coverage.complete).toBe(2);
  });

  it('too short to fit, in words', () => {
    const early = groupOf(
      analyze({ steps: allSteps.filter((step) => step <= 70) }),
      'duplication',
    ).retention!;
    expect(early).toMatchObject({ n: 2, fit: null });
    expect(early.why).toMatch(/Too short: the last checkpoint is 0 steps after the peak/);
    const few = groupOf(analyze({ steps: [0, 50, 60, 70, 100, 200] }), 'duplication').retention!;
    expect(few.why).toMatch(/Too few points: 2 checkpoints/);
  });

  it('nothing acquired, in words', () => {
    const steps = allSteps;
    const parts = steps.map((step) =>
      scored(file, 'r', step, ({ probe }) => (probe === 'c' ? values['c']![step] : -5)),
    );
    const { retention, meanEffectivity } = groupOf(
      analyzeRun(file, run, runSeries(file, parts)),
      'duplication',
    );
    expect(meanEffectivity).toBe(0);
    expect(retention).toMatchObject({ n: 0, leftOut: 2, fit: null });
    expect(retention!.why).toMatch(/Nothing was acquired: no probe rose by more than 0\.30 nats/);
  });

  it('R below zero throughout, in words', () => {
    const fallen = (step: number) => (step === 60 || step === 70 ? -4 : step > 70 ? -9 : -6);
    // Checkpoints at the peak and right after it, so that even at one step all is lost.
    const steps = [0, 50, 60, 61, 62, 63, 200];
    const parts = steps.map((step) =>
      scored(file, 'r', step, ({ probe }) =>
        probe === 'c' ? -9 : step > 60 && step <= 70 ? -9 : fallen(step),
      ),
    );
    const { retention } = groupOf(analyzeRun(file, run, runSeries(file, parts)), 'duplication');
    expect(retention!.why).toMatch(/below zero/);
  });

  it('no scores at all', () => {
    const analysis = analyzeRun(file, run, runSeries(file, []));
    expect(analysis).toMatchObject({ steps: [], coverage: { probes: 3, complete: 0 } });
    expect(analysis.notes[0]).toMatch(/3 of 3 probes have no score/);
  });

  it('no schedule: changes since the first checkpoint, nothing else', () => {
    const of = probeFile(text.replace('    injections: [0, 50]\n', ''));
    const analysis = analyze({ of });
    expect(groupOf(analysis, 'duplication')).toMatchObject({
      effectivity: [],
      meanEffectivity: null,
      retention: null,
    });
    expect(groupOf(analysis, 'duplication').trajectory.meanDelta[4]).toBeCloseTo(1.95, 12);
    expect(analysis.notes).toEqual([expect.stringMatching(/Nothing says when/)]);
  });
});

describe('numbers that nobody measured', () => {
  const header = text.slice(0, text.indexOf('facts:'));
  const fact = (id: string, condition: string, probes: number, more = '') => `
  - id: ${id}
    condition: ${condition}
    passage: Some text.
${more}    probes:
${Array.from({ length: probes }, (_, i) => `      - { id: ${id}${i}, kind: semantic, prompt: A${i}, target: one }`).join('\n')}`;
  const analyzed = (
    of: typeof file,
    steps: readonly number[],
    value: (probe: string, step: number) => number | undefined,
    schedules?: ScheduleFiles,
  ) => {
    const parts = steps.map((step) => scored(of, 'r', step, ({ probe }) => value(probe, step)));
    return analyzeRun(of, of.runs[0]!, runSeries(of, parts), schedules === undefined ? {} : { schedules });
  };

  it('are not fitted: a curve that is flat from its first checkpoint on has no decay constant', () => {
    const of = probeFile(`${header}facts:${fact('a', 'duplication', 3)}`);
    // R falls to 0.4 before the first checkpoint after the peak, and stays there: nothing is known of the way.
    const steps = [0, 50, 60, 160, 260, 460, 1060, 2060];
    const wave = (step: number) => (step % 100 === 60 && step < 500 ? 0.01 : -0.01);
    const { retention } = groupOf(
      analyzed(of, steps, (_, step) => (step < 60 ? -6 : step === 60 ? -4 : -5.2 + wave(step))),
      'duplication',
    );
    const { fit, lags } = retention!;
    expect(lags[0]).toBe(1);
    expect(lags[lags.length - fit!.points]).toBe(100);
    expect(Math.abs(fit!.a)).toBeLessThan(0.02);
    const sparse = analyzed(of, steps.slice(0, 6), (_, step) => (step < 60 ? -6 : -4 - step / 1e3));
    expect(groupOf(sparse, 'duplication').retention).toMatchObject({
      fit: null,
      why: expect.stringMatching(/Too sparse: R is measured from 100 to 400 steps/) as string,
    });
  });

  it('one probe scored further than the others does not stand for all', () => {
    const of = probeFile(`${header}facts:${fact('a', 'duplication', 3)}`);
    const steps = [...allSteps, 2000];
    const { retention } = groupOf(
      analyzed(of, steps, (probe, step) =>
        step === 2000 && probe !== 'a1' ? undefined : (values['a']![step] ?? -5),
      ),
      'duplication',
    );
    expect(retention).toMatchObject({ n: 3, incomplete: 0 });
    expect(retention!.lags.at(-1)).toBeLessThanOrEqual(1000);
  });

  it('the null is that of the probes that were measured', () => {
    const own = '    injections: [100]\n';
    const of = probeFile(
      `${header}facts:${fact('a', 'duplication', 1)}${fact('b', 'duplication', 1, own)}${fact('c', 'control', 1)}`,
    );
    // b has no score in its own window: its null must not be held against a's effectivity.
    const steps = [0, 10, 50, 60, 100, 110, 200];
    const { effectivity } = groupOf(
      analyzed(of, steps, (probe, step) =>
        probe === 'b0' && step === 110 ? undefined : probe === 'c0' && step === 110 ? -4 : -5,
      ),
      'duplication',
    );
    expect(effectivity[0]).toMatchObject({ n: 1, mean: 0, null: 0, net: 0, fixedLag: 0, fixedLagNull: 0 });
  });

  it('what is net of controls is held against controls net of the others', () => {
    const of = probeFile(`${header}facts:${fact('a', 'duplication', 2)}${fact('c', 'control', 3)}`);
    // Everything becomes likelier by 2 nats; the controls differ by little, the fact rises by 1 more.
    const noise: Record<string, number> = { c0: 0.1, c1: -0.1, c2: 0 };
    const { retention, netRetention } = groupOf(
      analyzed(
        of,
        allSteps,
        (probe, step) =>
          -6 + (step < 60 ? 0 : 2 + (noise[probe] ?? 1 - 0.2 * Math.log10(Math.max(1, step - 60)))),
      ),
      'duplication',
    );
    expect(retention!.threshold).toBeCloseTo(2.09, 12);
    // 0.1 + 0.05, 0 and −0.15: the 95th percentile lies nine tenths of the way from 0 to 0.15.
    expect(netRetention!.threshold).toBeCloseTo(0.135, 12);
    expect(netRetention).toMatchObject({ n: 2, leftOut: 0 });
  });

  it('says so where no control is complete', () => {
    const of = probeFile(`${header}facts:${fact('a', 'duplication', 1)}${fact('c', 'control', 2)}`);
    const without = (missing: readonly string[], last: number) =>
      analyzed(of, [...allSteps, 2000], (probe, step) =>
        missing.includes(`${probe}@${step}`) || (step === 2000 && probe !== 'a0')
          ? undefined
          : step >= 60 && probe === 'a0'
            ? -3
            : last,
      );
    const none = without(['c0@10', 'c1@20'], -6);
    expect(groupOf(none, 'duplication').netRetention).toBeNull();
    expect(none.notes).toEqual([expect.stringMatching(/net of controls is missing for semantic/)]);
    // A step at which only the fact has a score takes the controls nothing.
    expect(groupOf(without([], -6), 'duplication').netRetention).toMatchObject({ n: 1 });
  });

  it('controls of a schedule file have the encounters of a fact, not of all facts together', () => {
    const of = probeFile(
      `${header.replace('[0, 50]', 'plan.jsonl')}facts:${fact('a', 'duplication', 1)}${fact('b', 'duplication', 1)}${fact('c', 'control', 1)}`,
    );
    const plan = [0, 50, 53, 100].map((step) => ({ step, fact: step === 53 ? 'a' : 'b', copies: 1 }));
    const analysis = analyzed(
      of,
      allSteps,
      () => -5,
      new Map([
        ['plan.jsonl', [...plan, { step: 2, fact: 'a', copies: 1 }, { step: 3, fact: 'a', copies: 1 }]],
      ]),
    );
    expect(groupOf(analysis, 'control').effectivity.map(({ step }) => step)).toEqual([0, 50, 100]);
    expect(analysis.notes).toEqual([
      expect.stringMatching(/^One fact is injected in bursts.* within 2 steps/),
    ]);
  });
});

function closeTo(value: number): number {
  return expect.closeTo(value, 12) as number;
}
