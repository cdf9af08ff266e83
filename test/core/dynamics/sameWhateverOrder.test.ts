import { describe, expect, it } from 'vitest';
import { analyzeInDetail, type AnalyzedRun } from '../../../src/core/dynamics/analyzeRun';
import type { Grouping } from '../../../src/core/dynamics/grouping';
import { analyzeRecipes } from '../../../src/core/dynamics/recipes';
import type { ProbeFile } from '../../../src/core/probes/model';
import { probeFile } from '../results/scored';

type Levels = Readonly<Record<string, Readonly<Record<number, number>>>>;

const fact = (id: string, rest: string) =>
  `  - { id: ${id}, ${rest}, passage: p, probes: [{ id: p, kind: semantic, prompt: ${id}, target: one }] }`;
const fileOf = (runs: readonly string[], facts: readonly string[]) =>
  probeFile(['version: 1', 'runs:', ...runs.map((run) => `  - ${run}`), 'facts:', ...facts].join('\n'));

/** A run of the file with one probe a fact. @param levels ℓ by fact and step */
function analyzed(file: ProbeFile, index: number, levels: Levels, by?: Grouping): AnalyzedRun {
  const probes = file.facts.map((one) => {
    const own = levels[one.id.value]!;
    const steps = Object.keys(own).map(Number);
    return {
      ...{ fact: one, probe: one.probes[0]!, foils: undefined, newest: undefined, newestStale: undefined },
      target: { steps, values: steps.map((step) => own[step]!) },
    };
  });
  const steps = [...new Set(probes.flatMap(({ target }) => target.steps))].sort((a, b) => a - b);
  const series = { steps, probes, stale: 0 };
  return analyzeInDetail(file, file.runs[index]!, series, by === undefined ? {} : { by });
}

describe('a fact that is met in one run and a control in the other', () => {
  const runs = (order: readonly ['a' | 'b', 'a' | 'b']) =>
    order.map((id) => `{ id: ${id}, group: g, checkpoints: 'c/{step}', injections: [0] }`);
  const levels = { a: { f: { 0: -4, 10: -3, 200: -3.5 } }, b: { f: { 0: -4, 10: -4, 200: -4 } } };

  it.each([[['a', 'b']], [['b', 'a']]] as const)('is not averaged with itself: runs %j', (order) => {
    const file = fileOf(runs(order), [fact('f', 'condition: { a: once, b: control }')]);
    const all = order.map((id, i) => analyzed(file, i, levels[id], 'fact'));
    const groups = analyzeRecipes(all).flatMap((recipe) => recipe.groups);
    expect(groups.filter(({ runs: n }) => n > 1)).toEqual([]);
    const conditions = all.flatMap((run) =>
      run.groups.map(({ analysis: { label, condition } }) => [label, condition] as const),
    );
    expect(Object.fromEntries(conditions)).toEqual({ f: 'once', 'f · control': 'control' });
    expect(conditions).toHaveLength(2);
  });
});

it('an effectivity and its null are of the same encounters, or there is none', () => {
  const file = fileOf(
    ["{ id: r, checkpoints: 'c/{step}', injections: [0, 100], window: 50 }"],
    [fact('f', 'condition: duplication'), fact('c', 'condition: control')],
  );
  // The control has no checkpoint in the second window.
  const [group] = analyzed(file, 0, {
    f: { 0: -4, 10: -3.9, 100: -3.9, 110: -2.9, 200: -3 },
    c: { 0: -4, 10: -3.95, 200: -3.95 },
  }).groups;
  expect(group!.analysis.effectivity.map(({ net }) => net)).toEqual([expect.closeTo(0.05, 12), null]);
  expect(group!.analysis.meanEffectivity).toBeCloseTo(0.55, 12);
  expect(group!.analysis).toMatchObject({ meanNull: null, meanNet: null });
});

it.each([[['a', 'b', 'd']], [['d', 'b', 'a']], [['b', 'a', 'd']]] as const)(
  'controls are measured against the schedule that most facts have, of those as long: %j',
  (order) => {
    const facts = {
      a: fact('a', 'condition: duplication, injections: [0, 100]'),
      b: fact('b', 'condition: duplication, injections: [10, 60]'),
      d: fact('d', 'condition: duplication, injections: [10, 60]'),
    };
    const file = fileOf(
      ["{ id: r, checkpoints: 'c/{step}' }"],
      [...order.map((id) => facts[id]), fact('c', 'condition: control')],
    );
    const rising = { 0: -4, 10: -4, 30: -3, 60: -3, 110: -2, 200: -2 };
    const { groups } = analyzed(file, 0, { a: rising, b: rising, d: rising, c: rising });
    const control = groups.find(({ analysis: { condition } }) => condition === 'control')!;
    expect(control.analysis.effectivity.map(({ step }) => step)).toEqual([10, 60]);
  },
);

it('of schedules of which none is more common the earliest counts', () => {
  const facts = [
    fact('a', 'condition: duplication, injections: [0, 100]'),
    fact('b', 'condition: duplication, injections: [10, 60]'),
  ];
  const rising = { 0: -4, 10: -4, 30: -3, 60: -3, 110: -2, 200: -2 };
  for (const order of [facts, facts.toReversed()]) {
    const file = fileOf(["{ id: r, checkpoints: 'c/{step}' }"], [...order, fact('c', 'condition: control')]);
    const { groups } = analyzed(file, 0, { a: rising, b: rising, c: rising });
    const control = groups.find(({ analysis: { condition } }) => condition === 'control')!;
    expect(control.analysis.effectivity.map(({ step }) => step)).toEqual([0, 100]);
  }
});

it('tokens of a recipe’s lags are the mean of its runs’, and none where a run does not say', () => {
  const levels = Object.fromEntries(
    [0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144].map((step) => [
      step,
      step === 0 ? -4 : -3 - 0.2 * Math.log10(Math.max(1, step - 1)),
    ]),
  );
  const fitOf = (tokens: readonly string[]) => {
    const runs = tokens.map(
      (each, i) => `{ id: r${i}, group: g, checkpoints: 'c/{step}', injections: [0]${each} }`,
    );
    const file = fileOf(runs, [fact('f', 'condition: once')]);
    const all = tokens.map((_, i) => analyzed(file, i, { f: levels }));
    return analyzeRecipes(all)[0]!.groups[0]!.retention!.fit!;
  };
  const both = fitOf([', tokensPerStep: 1000', ', tokensPerStep: 3000']);
  expect(both.horizonTokens! / both.horizon!).toBeCloseTo(2000, 6);
  for (const order of [
    [', tokensPerStep: 1000', ''],
    ['', ', tokensPerStep: 1000'],
  ])
    expect(fitOf(order)).toMatchObject({ horizon: expect.any(Number) as number, horizonTokens: null });
});
