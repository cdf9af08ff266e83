import { describe, expect, it } from 'vitest';
import type { GroupAnalysis } from '../../../src/core/dynamics/analysis';
import { analyzeRun, type AnalysisOptions } from '../../../src/core/dynamics/analyzeRun';
import type { Grouping } from '../../../src/core/dynamics/grouping';
import { experiment, type MadeFact } from './experiment';

const STEPS = [0, 10, 50, 100, 110, 150, 200];

/** Rises by `first` at step 10 and by `second` at step 110, and keeps both. */
function probe(kind: MadeFact['probes'][number]['kind'], first: number, second: number) {
  return { kind, values: STEPS.map((step) => -6 + (step >= 10 ? first : 0) + (step >= 110 ? second : 0)) };
}

const { file, series } = experiment({
  steps: STEPS,
  injections: [0, 100],
  facts: [
    {
      condition: 'duplication',
      tags: ['x', 'y'],
      probes: [probe('semantic', 1, 2), probe('composition', 4, 1)],
    },
    { condition: 'once', tags: ['x'], probes: [probe('semantic', 3, 0)] },
    { condition: 'paraphrase', probes: [probe('memorization', 0.5, 0.5)] },
    {
      condition: 'control',
      tags: ['x'],
      probes: [probe('semantic', 0.1, 0.2), probe('composition', 0.4, 0)],
    },
  ],
});
const by = (grouping: Grouping, options: AnalysisOptions = {}): readonly GroupAnalysis[] =>
  analyzeRun(file, file.runs[0]!, series, { ...options, by: grouping }).groups;
const labels = (grouping: Grouping) => by(grouping).map(({ label }) => label);
const find = (groups: readonly GroupAnalysis[], label: string) =>
  groups.find((group) => group.label === label)!;

describe('groups', () => {
  it('are those of the grouping, in the order of tables or of the file', () => {
    expect(labels('condition-kind')).toEqual([
      ...['paraphrase · memorization', 'duplication · semantic', 'duplication · composition'],
      ...['once · semantic', 'control · semantic', 'control · composition'],
    ]);
    expect(labels('condition')).toEqual(['paraphrase', 'duplication', 'once', 'control']);
    expect(labels('kind')).toEqual([
      ...['memorization', 'semantic', 'composition', 'semantic · control', 'composition · control'],
    ]);
    expect(labels('tag')).toEqual(['x', 'y', 'x · control']);
    expect(labels('fact')).toEqual(['f0', 'f1', 'f2', 'f3 · control']);
    expect(labels('probe')).toEqual([
      'f0 · p0',
      'f0 · p1',
      'f1 · p0',
      'f2 · p0',
      'f3 · p0 · control',
      'f3 · p1 · control',
    ]);
  });

  it('say what they are of, and null where they are of several', () => {
    expect(find(by('condition'), 'duplication')).toMatchObject({ condition: 'duplication', kind: null });
    expect(find(by('kind'), 'semantic')).toMatchObject({ condition: null, kind: 'semantic' });
    expect(find(by('tag'), 'x')).toMatchObject({ condition: null, kind: null, facts: 2, probes: 3 });
    expect(find(by('probe'), 'f0 · p1')).toMatchObject({ condition: 'duplication', kind: 'composition' });
  });

  it('count a fact in each of its tags', () => {
    expect(find(by('tag'), 'y')).toMatchObject({ facts: 1, probes: 2 });
  });

  it('hold every probe against controls of its own kind', () => {
    // Effectivities 1 and 4, then 2 and 1; nulls 0.1 and 0.4, then 0.2 and 0.
    const group = find(by('condition'), 'duplication');
    expect(group.effectivity.map(({ mean }) => mean)).toEqual([2.5, 1.5].map(near));
    expect(group.effectivity.map(({ null: none }) => none)).toEqual([0.25, 0.1].map(near));
    expect(group.meanNull).toBeCloseTo(0.175, 12);
    expect(group.meanNet).toBeCloseTo(2 - 0.175, 12);
    // The fact met once has one encounter: its null counts at that one alone.
    const tag = find(by('tag'), 'x');
    expect(tag.effectivity.map(({ n }) => n)).toEqual([3, 2]);
    expect(tag.effectivity[0]!.null).toBeCloseTo((0.1 + 0.4 + 0.1) / 3, 12);
  });

  it('have no null where one of their kinds has no controls', () => {
    expect(find(by('condition'), 'paraphrase')).toMatchObject({
      meanEffectivity: near(0.5),
      meanNull: null,
      meanNet: null,
      netRetention: null,
    });
  });

  it('of one fact are what --fact gives', () => {
    const alone = analyzeRun(file, file.runs[0]!, series, { fact: 'f0', by: 'fact' }).groups;
    expect(alone).toEqual([find(by('fact'), 'f0')]);
  });
});

describe('the fence', () => {
  const rises = (first: readonly number[], second: readonly number[], condition: MadeFact['condition']) =>
    first.map((rise, i): MadeFact => ({ condition, probes: [probe('semantic', rise, second[i]!)] }));
  const run = experiment({
    steps: STEPS,
    injections: [0, 100],
    facts: [
      ...rises([1, 2, 3, 4, 5, 30], [2, 3, 4, 3, 2, 3], 'duplication'),
      ...rises([0, 1, 2, 3, 40], [1, 2, 1, 2, 1], 'control'),
    ],
  });
  const analyze = (fence: number | null) => analyzeRun(run.file, run.file.runs[0]!, run.series, { fence });
  const [own, controls] = analyze(1.5).groups as [GroupAnalysis, GroupAnalysis];
  const [plain] = analyze(null).groups as [GroupAnalysis];

  it('leaves out what lies far outside all probes and encounters of the group, and says how many', () => {
    // The quartiles of all twelve are 2 and 4: the fence stands at −1 and 7.
    expect(own.outliers).toBe(1);
    expect(own.effectivity.map(({ n }) => n)).toEqual([5, 6]);
    expect(own.meanEffectivity).toBeCloseTo((15 + 17) / 11, 9);
    expect(plain).toMatchObject({ outliers: 0, meanEffectivity: near((45 + 17) / 12) });
    expect(analyze(1.5).fence).toBe(1.5);
  });

  it('holds for the null as for the controls themselves', () => {
    // Quartiles 1 and 2, fence at −0.5 and 3.5.
    expect(controls.outliers).toBe(1);
    expect(controls.meanEffectivity).toBeCloseTo((6 + 7) / 9, 9);
    expect(own.effectivity[0]!.null).toBeCloseTo(6 / 4, 9);
    expect(plain.effectivity[0]!.null).toBeCloseTo(46 / 5, 9);
  });

  it('is never in mean R', () => {
    expect(own.retention).toEqual(plain.retention);
    expect(own.netRetention).toEqual(plain.netRetention);
  });
});

function near(value: number): number {
  return expect.closeTo(value, 9) as number;
}
