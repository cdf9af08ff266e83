import { describe, expect, it } from 'vitest';
import type { RecipeGroup } from '../../../src/core/dynamics/analysis';
import { analyzeInDetail, type AnalyzedRun } from '../../../src/core/dynamics/analyzeRun';
import { analyzeRecipes } from '../../../src/core/dynamics/recipes';
import { experiment, type MadeFact } from './experiment';

const STEPS = [0, 10, 20, 30, 50, 100, 200, 400, 700, 1200];
const BOOTSTRAP = { resamples: 400, seed: 1 };

/** A run of facts that rise by `rise` ± a bit and forget a share `a` per tenfold after step 10. */
function run(id: string, rise: number, a: number, n = 6, last = Infinity): AnalyzedRun {
  const steps = STEPS.filter((step) => step <= last);
  const fact = (i: number, condition: MadeFact['condition']): MadeFact => {
    const size = condition === 'control' ? 0.01 * i : rise + 0.02 * i;
    const own = a + 0.004 * i;
    return {
      condition,
      probes: [
        {
          kind: 'semantic',
          values: steps.map((step) =>
            step === 0 ? -6 : -6 + size * (1 - own * Math.log10(Math.max(1, step - 10))),
          ),
        },
      ],
    };
  };
  const { file, series } = experiment({
    steps,
    injections: [0],
    facts: Array.from({ length: n }, (_, i) => [fact(i, 'duplication'), fact(i, 'control')]).flat(),
  });
  const named = { ...file.runs[0]!, id: { ...file.runs[0]!.id, value: id }, group: 'recipe' };
  return analyzeInDetail(file, named, series, { bootstrap: BOOTSTRAP });
}

function groupOf(runs: readonly AnalyzedRun[]): RecipeGroup {
  return analyzeRecipes(runs)[0]!.groups.find(({ label }) => label === 'duplication · semantic')!;
}

describe('runs of one recipe', () => {
  const runs = [run('s1', 1, 0.2), run('s2', 1.4, 0.3), run('s3', 1.2, 0.28, 8)];
  const each = runs.map(({ groups }) => groups[0]!.analysis);
  const group = groupOf(runs);
  const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

  it('are averaged, each counting once', () => {
    expect(analyzeRecipes(runs)).toMatchObject([
      { recipe: 'recipe', runs: ['s1', 's2', 's3'], bootstrap: BOOTSTRAP },
    ]);
    expect(group).toMatchObject({ runs: 3, facts: 20, probes: 20 });
    expect(group.meanEffectivity).toBeCloseTo(
      meanOf(each.map(({ meanEffectivity }) => meanEffectivity!)),
      12,
    );
    expect(group.meanNet).toBeCloseTo(meanOf(each.map(({ meanNet }) => meanNet!)), 12);
    for (const [i, r] of group.retention!.meanR.entries())
      expect(r).toBeCloseTo(meanOf(each.map(({ retention }) => retention!.meanR[i]!)), 12);
    // The line through means is the mean of the lines.
    expect(group.retention!.fit!.a).toBeCloseTo(meanOf(each.map(({ retention }) => retention!.fit!.a)), 12);
    expect(group.netRetention!.fit!.a).toBeCloseTo(
      meanOf(each.map(({ netRetention }) => netRetention!.fit!.a)),
      12,
    );
    expect(group.retention!.n).toBe(20);
  });

  it('have intervals that hold the runs’ spread, which no run alone knows', () => {
    const width = ({ low, high }: { low: number | null; high: number | null }) => high! - low!;
    const wide = width(group.interval!.meanEffectivity!);
    for (const one of each) expect(wide).toBeGreaterThan(3 * width(one.interval!.meanEffectivity!));
    expect(group.retention!.interval!.a!.low).toBeGreaterThan(0.19);
    expect(group.retention!.interval!.a!.high).toBeLessThan(0.33);
    expect(group.interval!.meanNet).not.toBeNull();
  });

  it('know no more of other facts than one run where all are alike', () => {
    // The same facts in two runs without any difference: a second look at the same sample.
    const alike = groupOf([run('s1', 1, 0.2), run('s2', 1, 0.2)]);
    expect(alike.meanEffectivity).toBeCloseTo(each[0]!.meanEffectivity!, 12);
    const [one, two] = [each[0]!.interval!.meanEffectivity!, alike.interval!.meanEffectivity!];
    expect(two.low).toBeCloseTo(one.low!, 12);
    expect(two.high).toBeCloseTo(one.high!, 12);
    expect(alike.retention!.interval!.a!.low).toBeCloseTo(each[0]!.retention!.interval!.a!.low!, 12);
  });

  it('know twice as many facts where conditions are crossed', () => {
    const facts = Array.from({ length: 24 }, (_, i) => 0.6 + 0.03 * ((i * 7) % 24));
    const steps = STEPS;
    const { file, series } = experiment({
      steps,
      injections: [0],
      facts: facts.map((rise) => ({
        condition: 'duplication' as const,
        probes: [{ kind: 'semantic' as const, values: steps.map((step) => (step === 0 ? -6 : rise - 6)) }],
      })),
    });
    const halves = ['s1', 's2'].map((id, half) => {
      const probes = series.probes.filter((_, i) => i % 2 === half);
      const named = { ...file.runs[0]!, id: { ...file.runs[0]!.id, value: id }, group: 'recipe' };
      return analyzeInDetail(file, named, { ...series, probes }, { bootstrap: BOOTSTRAP });
    });
    const width = ({ low, high }: { low: number | null; high: number | null }) => high! - low!;
    const alone = halves.map(({ groups }) => width(groups[0]!.analysis.interval!.meanEffectivity!));
    const both = width(groupOf(halves).interval!.meanEffectivity!);
    // Narrower by √2, as far as 400 resamples tell.
    expect(both / meanOf(alone)).toBeGreaterThan(0.58);
    expect(both / meanOf(alone)).toBeLessThan(0.84);
  });

  it('miss what one of them misses, interval and fixed lag too', () => {
    const whole = run('s1', 1, 0.2);
    const { analysis, figures } = whole.groups[0]!;
    const without = {
      ...whole.groups[0]!,
      analysis: {
        ...analysis,
        effectivity: analysis.effectivity.map((one) => ({ ...one, mean: null, fixedLag: null, n: 0 })),
      },
      figures: {
        ...figures,
        mean: Float64Array.of(NaN),
        null: Float64Array.of(NaN),
        net: Float64Array.of(NaN),
      },
    };
    const [encounter] = groupOf([whole, { ...whole, groups: [without] }]).effectivity;
    expect(analysis.effectivity[0]!.fixedLag).not.toBeNull();
    expect(encounter).toMatchObject({
      ...{ mean: null, null: null, net: null, fixedLag: null },
      interval: { mean: null, null: null, net: null },
    });
  });

  it('are followed as far as all of them go', () => {
    const short = groupOf([run('s1', 1, 0.2), run('s2', 1, 0.2, 6, 200)]);
    expect(short.retention!.lags.at(-1)).toBeLessThanOrEqual(190);
    expect(short.retention!.fit!.points).toBe(short.retention!.lags.length - 20);
  });

  it('have no intervals where one of them has none, and say why', () => {
    const few = groupOf([run('s1', 1, 0.2), run('s2', 1, 0.2, 3)]);
    expect(few.interval).toBeNull();
    expect(few.whyNoInterval).toMatch(/needs 5 facts, and there are 3/);
    expect(few.retention!.fit).not.toBeNull();
  });

  it('are the same twice to the last bit, and one run is no recipe', () => {
    expect(JSON.stringify(analyzeRecipes(runs))).toBe(JSON.stringify(analyzeRecipes(runs)));
    expect(analyzeRecipes(runs.slice(0, 1))).toEqual([]);
  });
});
