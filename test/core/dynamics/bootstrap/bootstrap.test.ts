import { randomNormal } from 'd3-random';
import { describe, expect, it } from 'vitest';
import { analyzeGroup } from '../../../../src/core/dynamics/analyzeGroup';
import { analyzeInDetail, analyzeRun } from '../../../../src/core/dynamics/analyzeRun';
import {
  percentileInterval,
  resampledSets,
  resampledWeights,
  STREAM,
  type Interval,
} from '../../../../src/core/dynamics/bootstrap/bootstrap';
import { controlSample } from '../../../../src/core/dynamics/bootstrap/controls';
import { figuresOf } from '../../../../src/core/dynamics/bootstrap/figures';
import { describeHorizon, describeThreshold } from '../../../../src/core/dynamics/describe';
import { groupsOf } from '../../../../src/core/dynamics/grouping';
import { withIntervals } from '../../../../src/core/dynamics/bootstrap/intervals';
import { membersOf } from '../../../../src/core/dynamics/members';
import { nullOf } from '../../../../src/core/dynamics/metrics/null';
import { bootstrapOf } from '../../../../src/core/dynamics/bootstrap/resample';
import { PROBE_KINDS } from '../../../../src/core/probes/model';
import { seededRandom } from '../../../../src/core/random';
import { experiment, type MadeFact } from '../experiment';

const STEPS = [0, 10, 20, 40, 50, 60, 80, 100, 110, 120, 140, 150, 170, 210, 300, 420, 600, 900, 1300, 1900];

interface FactOptions {
  readonly a?: number;
  readonly noise?: number;
  readonly condition?: MadeFact['condition'];
  readonly rise?: number;
  readonly probes?: number;
}

/** A fact met twice: rises, and forgets a share a of it per tenfold from its peak on. */
function fact(
  random: () => number,
  { a = 0.25, noise = 0.02, condition = 'duplication', rise = 1, probes = 2 }: FactOptions = {},
): MadeFact {
  const own = a + 0.05 * random();
  const size = rise * Math.exp(0.2 * random());
  const kinds = ['semantic', 'memorization'] as const;
  return {
    condition,
    probes: Array.from({ length: probes }, (_, i) => ({
      kind: kinds[i % 2]!,
      values: STEPS.map((step) => {
        const kept = (t: number) => (t <= 0 ? 0 : 1 - own * Math.log10(Math.max(1, t - 9)));
        const met = condition === 'control' ? 0 : size * (0.5 * kept(step) + kept(step - 100));
        return -7 + met + noise * random() + 0.0002 * step;
      }),
    })),
  };
}

function facts(n: number, seed: number, options: FactOptions = {}): MadeFact[] {
  const normal = randomNormal.source(seededRandom(seed, 5).uniform)();
  return Array.from({ length: n }, () => fact(normal, options));
}

const made = (all: readonly MadeFact[]) => experiment({ steps: STEPS, injections: [0, 100], facts: all });

describe('resampled sets of facts', () => {
  const options = { resamples: 20_000, seed: 1 };
  const shared = [1, 2, 3, 4, 5];
  const samples = [...resampledSets([shared, shared, [6, 7, 8], [3, 6]], 10, options)];

  it('have as many draws as facts, each fact as often as every other, the same for a seed', () => {
    expect(samples).toHaveLength(20_000);
    for (const weights of samples)
      expect(weights.map((each) => each.reduce((sum, n) => sum + n, 0))).toEqual([5, 5, 3, 2]);
    for (const unit of shared.keys()) {
      const mean = samples.reduce((sum, [own]) => sum + own![unit]!, 0) / samples.length;
      expect(Math.abs(mean - 1)).toBeLessThan(4 * Math.sqrt(0.8 / 20_000));
    }
    expect([...resampledSets([shared, shared, [6, 7, 8], [3, 6]], 10, options)]).toEqual(samples);
  });

  it('draw what is shared together, and what is not independently', () => {
    const covariance = (a: (of: readonly Uint16Array[]) => number, b: typeof a) =>
      samples.reduce((sum, each) => sum + (a(each) - 1) * (b(each) - 1), 0) / samples.length;
    for (const [first, second] of samples) expect(first).toEqual(second);
    // Four standard errors of the product of two independent weights.
    const error = (4 * 0.8) / Math.sqrt(20_000);
    expect(
      Math.abs(
        covariance(
          ([own]) => own![0]!,
          ([, , other]) => other![0]!,
        ),
      ),
    ).toBeLessThan(error);
    // Fact 3 stands in both: drawn for one, drawn for the other.
    expect(
      covariance(
        ([own]) => own![2]!,
        ([, , , other]) => other![0]!,
      ),
    ).toBeGreaterThan(10 * error);
  });

  it('draw a set in each run alike, whatever other sets and facts the run has', () => {
    const set = [0, 1, 2, 3, 4, 5];
    const of = (sets: readonly (readonly number[])[]) =>
      [...resampledSets(sets, 10, options)].map(([weights]) => weights);
    const alone = of([set]);
    for (const others of [[[6, 7, 8]], [[6, 7, 8], [9]], [[6], [3, 6, 9], [0, 9]]])
      expect(of([set, ...others])).toEqual(alone);
  });
});

describe('resampled weights', () => {
  it('add up to the units, are the same for a seed, and others for another seed or stream', () => {
    const options = { resamples: 500, seed: 3 };
    const weights = resampledWeights(7, options);
    expect(weights).toHaveLength(500);
    for (const each of weights) expect(each.reduce((sum, n) => sum + n, 0)).toBe(7);
    expect(resampledWeights(7, options)).toEqual(weights);
    expect(resampledWeights(7, { ...options, seed: 4 })).not.toEqual(weights);
    expect(resampledWeights(7, options, STREAM.controls)).not.toEqual(weights);
  });

  it('draw every unit as often as every other, and independently in two streams', () => {
    const options = { resamples: 20_000, seed: 1 };
    const [first, second] = [resampledWeights(5, options), resampledWeights(5, options, STREAM.controls)];
    const mean = (value: (i: number) => number) =>
      first.reduce((sum, _, i) => sum + value(i), 0) / first.length;
    for (let unit = 0; unit < 5; unit++) {
      // Binomial(5, 1/5): mean 1, variance 0.8. Four standard errors.
      expect(Math.abs(mean((i) => first[i]![unit]!) - 1)).toBeLessThan(4 * Math.sqrt(0.8 / 20_000));
      expect(Math.abs(mean((i) => (first[i]![unit]! - 1) * (second[i]![unit]! - 1)))).toBeLessThan(
        (4 * 0.8) / Math.sqrt(20_000),
      );
    }
  });
});

describe('percentile interval', () => {
  it('lies between the percentiles; what is infinite is no bound, what is no number is left out', () => {
    const values = Array.from({ length: 41 }, (_, i) => i);
    expect(percentileInterval(values)).toEqual({ low: near(1), high: near(39) });
    expect(percentileInterval([...values, NaN, NaN])).toEqual({ low: near(1), high: near(39) });
    expect(percentileInterval(values.map((value) => (value > 35 ? Infinity : value)))).toEqual({
      low: near(1),
      high: null,
    });
    expect(percentileInterval([NaN])).toBeNull();
    expect(percentileInterval([])).toBeNull();
  });
});

describe('the bootstrap of a run', () => {
  const { file, series } = made([...facts(8, 1), ...facts(6, 2, { condition: 'control' })]);
  const run = file.runs[0]!;
  const analyze = (seed: number, resamples = 300) =>
    analyzeRun(file, run, series, { bootstrap: { resamples, seed } });

  it('is the same twice to the last bit, other for another seed, and changes no figure', () => {
    const text = JSON.stringify(analyze(1));
    expect(JSON.stringify(analyze(1))).toBe(text);
    expect(JSON.stringify(analyze(2))).not.toBe(text);
    const [plain, drawn] = [analyzeRun(file, run, series).groups, analyze(1).groups];
    expect(plain[0]!.interval).toBeNull();
    expect(analyze(1, 0).bootstrap).toBeNull();
    for (const [i, group] of drawn.entries()) {
      expect(group.meanNet).toBe(plain[i]!.meanNet);
      expect(group.retention?.fit).toEqual(plain[i]!.retention?.fit);
    }
  });

  it('has an interval around every figure', () => {
    const group = analyze(1).groups.find(({ label }) => label === 'duplication · semantic')!;
    const around = (interval: Interval | null | undefined, value: number | null) => {
      expect(interval!.low!).toBeLessThan(value!);
      expect(interval!.high!).toBeGreaterThan(value!);
    };
    around(group.interval!.meanEffectivity, group.meanEffectivity);
    around(group.interval!.meanNull, group.meanNull);
    around(group.interval!.meanNet, group.meanNet);
    expect(group.interval!.specificity).toBeNull();
    for (const each of group.effectivity) {
      around(each.interval!.mean, each.mean);
      around(each.interval!.null, each.null);
      around(each.interval!.net, each.net);
    }
    for (const curve of [group.retention!, group.netRetention!]) {
      for (const [i, r] of curve.meanR.entries()) around(curve.interval!.meanR[i], r);
      around(curve.interval!.a, curve.fit!.a);
      around(curve.interval!.horizon, curve.fit!.horizon);
      around(curve.interval!.horizonTokens, curve.fit!.horizonTokens);
      // 100 tokens a step.
      expect(curve.interval!.horizonTokens!.low).toBeCloseTo(100 * curve.interval!.horizon!.low!, 3);
    }
  });

  it('of a sample is the analysis of a file in which each fact stands as often as it was drawn', () => {
    const own = facts(6, 4, { noise: 0.001 });
    const controls = facts(5, 5, { condition: 'control', noise: 0.001 });
    const [drawn, drawnControls] = [
      [2, 0, 1, 3, 0, 0],
      [0, 2, 2, 1, 0],
    ];
    const whole = made([...own, ...controls]);
    const repeated = made([
      ...own.flatMap((each, i) => new Array<MadeFact>(drawn[i]!).fill(each)),
      ...controls.flatMap((each, i) => new Array<MadeFact>(drawnControls[i]!).fill(each)),
    ]);
    const { groups } = analyzeInDetail(whole.file, whole.file.runs[0]!, whole.series);
    const wanted = analyzeRun(repeated.file, repeated.file.runs[0]!, repeated.series).groups;
    const sample = controlSample(drawnControls);
    let compared = 0;
    for (const { analysis, sample: of } of groups.filter(
      ({ analysis }) => analysis.condition !== 'control',
    )) {
      const figures = figuresOf(of, drawn, sample);
      const group = wanted.find(({ label }) => label === analysis.label)!;
      const expected = {
        overall: [group.meanEffectivity, group.meanNull, group.meanNet],
        mean: group.effectivity.map(({ mean }) => mean),
        null: group.effectivity.map(({ null: none }) => none),
        net: group.effectivity.map(({ net }) => net),
        meanR: group.retention!.meanR,
        netMeanR: group.netRetention!.meanR,
      };
      for (const [name, values] of Object.entries(expected)) {
        const found = figures[name as keyof typeof expected];
        expect(found).toHaveLength(values.length);
        for (const [i, value] of values.entries()) {
          expect(found[i]).toBeCloseTo(value!, 12);
          compared++;
        }
      }
    }
    expect(compared).toBeGreaterThan(200);
  });

  it('needs five facts, and says so', () => {
    const few = made([...facts(4, 1), ...facts(2, 2, { condition: 'control' })]);
    const [group] = analyzeRun(few.file, few.file.runs[0]!, few.series, {
      bootstrap: { resamples: 50, seed: 1 },
    }).groups;
    expect(group).toMatchObject({
      interval: null,
      whyNoInterval: expect.stringMatching(/5 facts.*are 4/) as string,
    });
    const one = analyzeRun(few.file, few.file.runs[0]!, few.series, {
      by: 'fact',
      bootstrap: { resamples: 50, seed: 1 },
    }).groups[0];
    expect(one!.whyNoInterval).toMatch(/there is one/);
  });

  it('gives net figures no interval where the controls are few, and says so', () => {
    const few = made([...facts(6, 1), ...facts(2, 2, { condition: 'control' })]);
    const [group] = analyzeRun(few.file, few.file.runs[0]!, few.series, {
      bootstrap: { resamples: 50, seed: 1 },
    }).groups;
    expect(group!.interval).toMatchObject({
      meanEffectivity: expect.anything() as object,
      meanNull: null,
      meanNet: null,
    });
    expect(group!.effectivity[0]!.interval).toMatchObject({ net: null });
    expect(group!.netRetention!.interval).toBeNull();
    expect(group!.retention!.interval).not.toBeNull();
    expect(group!.whyNoInterval).toMatch(/2 controls behind null and net/);
  });

  it('has no upper bound of a horizon where some samples do not fall', () => {
    // Three facts forget, three gain: whether the mean falls depends on who is drawn.
    const flat = made([...facts(4, 1, { a: 0.3 }), ...facts(3, 2, { a: -0.3 })]);
    const { retention } = analyzeRun(flat.file, flat.file.runs[0]!, flat.series, {
      bootstrap: { resamples: 200, seed: 1 },
    }).groups[0]!;
    expect(retention!.interval!.a!.low).toBeLessThan(0);
    expect(retention!.interval!.horizon!.high).toBeNull();
    // By the standard error of so smooth a mean it would fall.
    expect(retention!.fit!.a).toBeGreaterThan(2 * retention!.fit!.standardError);
    expect(describeHorizon(retention!)).toBe('none: no measurable fall');
  });

  it('tells of a fall that all facts share, though the curve is rough: horizon, threshold, interval and words agree', () => {
    const wave = (i: number) => (STEPS[i]! <= 110 ? 0 : i % 2 === 0 ? 0.4 : -0.4);
    const kept = (a: number, t: number) => (t <= 0 ? 0 : 1 - a * Math.log10(Math.max(1, t - 9)));
    const rough = [0.1, 0.11, 0.12, 0.13, 0.14, 0.15].map((a): MadeFact => {
      const values = STEPS.map((step, i) => -7 + 0.5 * kept(a, step) + kept(a, step - 100) + wave(i));
      return { condition: 'duplication', probes: [{ kind: 'semantic', values }] };
    });
    const { file: of, series: scores } = made(rough);
    const analyzed = (resamples: number) =>
      analyzeRun(of, of.runs[0]!, scores, { bootstrap: { resamples, seed: 1 } }).groups[0]!;
    const [plain, drawn] = [analyzed(0), analyzed(200)];
    expect(describeHorizon(plain.retention!)).toBe('none: no measurable fall');
    expect(describeThreshold(plain.kernel!)).toBe('none: no measurable fall');
    for (const [fit, interval, words] of [
      [drawn.retention!.fit!, drawn.retention!.interval!, describeHorizon(drawn.retention!)],
      [drawn.kernel!.fit!, drawn.kernel!.fit!.interval!, describeThreshold(drawn.kernel!)],
    ] as const) {
      expect(fit.a).toBeLessThan(2 * fit.standardError);
      expect(interval.a!.low).toBeGreaterThan(0);
      expect(words).not.toContain('no measurable fall');
    }
    expect(drawn.retention!.fit!.horizon).not.toBeNull();
    expect(drawn.kernel!.fit!.threshold).not.toBeNull();
  });
});

describe('how often the intervals hold the truth', () => {
  const options = { noise: 0.001, probes: 1 };
  /** Analysed as a run is, less its kernel: of each data set, facts drawn anew. */
  const analyzed = (n: number, sets: number, seed: number, resamples: number) => {
    const { file, series } = made(facts(n, 1, options));
    const run = file.runs[0]!;
    return Array.from({ length: sets }, (_, set) => {
      const values = facts(n, seed + set, options).map(({ probes }) => probes[0]!.values);
      const probes = series.probes.map((each, i) => ({
        ...each,
        target: { steps: STEPS, values: values[i]! },
      }));
      const members = membersOf(file, run, { ...series, probes });
      const nulls = new Map(PROBE_KINDS.map((kind) => [kind, nullOf(members, kind, run.window)]));
      const [group] = groupsOf(members, 'condition-kind');
      const found = analyzeGroup(group!, { run, series: { ...series, probes }, nulls, fence: null });
      const [drawn] = bootstrapOf([found], [], file.facts, { resamples, seed: set });
      return withIntervals(found.analysis, drawn!.resampled!, found.supports);
    });
  };
  const meanOf = (values: readonly number[]) => values.reduce((sum, each) => sum + each, 0) / values.length;
  // Both figures are linear in the facts' means, so that a population's is the mean over samples of it.
  const population = analyzed(40, 250, 10_000, 1);
  const truth = {
    effectivity: meanOf(population.map(({ meanEffectivity }) => meanEffectivity!)),
    a: meanOf(population.map(({ retention }) => retention!.fit!.a)),
  };

  // Of 2,000 data sets 0.82, 0.90, 0.93 and 0.94 for 5, 10, 20 and 40 facts, of E as of a. Of 200 at such a rate, the
  // number inside lies within 3 standard deviations 99.7 times in 100.
  const SETS = 200;
  it.each([
    [5, 0.82],
    [20, 0.93],
  ])('%i facts: about %d', (n, rate) => {
    const groups = analyzed(n, SETS, 20_000, 200);
    const inside = [
      groups.filter(({ interval }) => holds(interval!.meanEffectivity, truth.effectivity)).length,
      groups.filter(({ retention }) => holds(retention!.interval!.a, truth.a)).length,
    ];
    const spread = 3 * Math.sqrt(SETS * rate * (1 - rate));
    for (const found of inside) expect(Math.abs(found - SETS * rate)).toBeLessThan(spread);
  });
});

function holds(interval: Interval | null, value: number): boolean {
  return interval!.low! <= value && value <= interval!.high!;
}

function near(value: number): number {
  return expect.closeTo(value, 12) as number;
}
