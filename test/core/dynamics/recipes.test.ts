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

  it('are as one run where all are alike, but for the fewer ways to draw', () => {
    const alike = groupOf([run('s1', 1, 0.2), run('s2', 1, 0.2)]);
    expect(alike.meanEffectivity).toBeCloseTo(each[0]!.meanEffectivity!, 12);
    const [one, two] = [each[0]!.interval!.meanEffectivity!, alike.interval!.meanEffectivity!];
    // Twice the facts: narrower by √2, as far as 400 resamples tell.
    const narrower = (two.high! - two.low!) / (one.high! - one.low!);
    expect(narrower).toBeGreaterThan(0.6);
    expect(narrower).toBeLessThan(0.8);
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
