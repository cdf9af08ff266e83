import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { EncounterEffectivity, Retention } from '../../../src/core/dynamics/analysis';
import { analyzeRun } from '../../../src/core/dynamics/analyzeRun';
import { conditionIn } from '../../../src/core/probes/model';
import { parseProbeFile } from '../../../src/core/probes/parse';
import type { Part } from '../../../src/core/results/part';
import type { ScoreRow } from '../../../src/core/results/row';
import { runSeries } from '../../../src/core/results/series';

const examples = new URL('../../../examples/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, examples), 'utf8');
const { file } = parseProbeFile(read('invented-facts.probes.yaml'));

/** What PyTorch gave for every probe at every checkpoint (examples/training/reference.py). */
interface Reference {
  readonly items: readonly (readonly [
    string,
    string,
    ScoreRow['kind'],
    ScoreRow['role'],
    number,
    string,
    number,
  ])[];
  readonly scores: Readonly<Record<string, readonly (readonly [mean: number, sum: number])[]>>;
}

/**
 * What examples/training/measure.py measured, rounded to 1e-4, horizons to four figures; written by another hand from
 * the same definitions.
 */
interface Measured {
  readonly runs: Readonly<Record<string, Readonly<Record<string, MeasuredGroup>>>>;
}

interface Acquisition {
  readonly effectivity: number;
  readonly effectivityFirst: number;
  readonly fixedLag: number;
  readonly fixedLagFirst: number;
}

/** Controls have their specificity alone. */
interface MeasuredGroup extends Partial<Acquisition> {
  readonly null?: Acquisition;
  readonly net?: Acquisition;
  readonly forgetting?: { readonly raw: Decay; readonly net: Decay };
  readonly specificity: { readonly end: number };
  readonly specificityNet?: { readonly end: number };
}

interface Decay extends Partial<DecayFit> {
  readonly leastRise: number;
  readonly used: number;
}

interface DecayFit {
  readonly decay: number;
  readonly intercept: number;
  readonly r2: number;
  readonly standardError: number;
  readonly fittedFrom: number;
  readonly longestLag: number;
  readonly horizon: number | null;
  readonly retainedAt1000: number;
  readonly ratioOfMeansAt1000: number;
}

/** Fits of fewer probes are left out of Python's tables. */
const FEWEST_PROBES = 3;

function partsOf(run: string): Part[] {
  const { items, scores } = JSON.parse(read(`reference/${run}.json`)) as Reference;
  const facts = new Map(file.facts.map((fact) => [fact.id.value, fact]));
  return Object.entries(scores).map(([step, values]) => ({
    // Measured elsewhere, so that rows are known by their ids.
    metadata: { scorer: null, settings: {} },
    rows: items.map(([fact, probe, kind, role, index, text, n_tokens], i) => ({
      ...{ run, step: Number(step), fact, probe, kind, role, index, text, n_tokens },
      condition: conditionIn(facts.get(fact)!, run) ?? null,
      n_bytes: text.length,
      logprob_mean: values[i]![0],
      logprob_sum: values[i]![1],
      logprob_first: 0,
      logprob_full: 0,
      greedy: false,
      tokens: [],
      key: '',
    })),
  }));
}

/** Half of the last figure, and the 1e-7 to which the reference is rounded. */
const ROUNDED = 0.51e-4;
/** Of two rounded numbers. */
const DIFFERENCE = 2 * ROUNDED;

function near(found: number | null | undefined, wanted: number | undefined, tolerance = ROUNDED): void {
  expect(typeof found).toBe('number');
  expect(typeof wanted).toBe('number');
  expect(Math.abs(found! - wanted!)).toBeLessThan(tolerance);
}

/** Mean over probes and encounters, all of which were measured here. */
function overEncounters(
  each: readonly EncounterEffectivity[],
  value: (one: EncounterEffectivity) => number | null,
): number {
  return each.reduce((sum, one) => sum + value(one)!, 0) / each.length;
}

function sameDecay({ threshold, n, fit, lags, meanR, ratioOfMeans }: Retention, wanted: Decay): void {
  near(threshold, wanted.leastRise);
  expect(n).toBe(wanted.used);
  if (wanted.decay === undefined) {
    expect(n).toBeLessThan(FEWEST_PROBES);
    return;
  }
  near(fit!.a, wanted.decay);
  near(fit!.b, wanted.intercept);
  near(fit!.r2, wanted.r2);
  near(fit!.standardError, wanted.standardError);
  const from = lags.length - fit!.points;
  expect(lags[from]).toBeGreaterThanOrEqual(wanted.fittedFrom!);
  expect(lags[from - 1] ?? 0).toBeLessThan(wanted.fittedFrom!);
  near(lags.at(-1), wanted.longestLag, 0.051);
  near(meanR[60], wanted.retainedAt1000);
  near(ratioOfMeans[60], wanted.ratioOfMeansAt1000);
  if (wanted.horizon === null) expect(fit!.horizon).toBeNull();
  else near(fit!.horizon! / wanted.horizon!, 1, 0.51e-3);
}

// The other run has fewer checkpoints here than were measured.
describe('the example’s run s1, scored by PyTorch', () => {
  const run = file.runs.find(({ id }) => id.value === 's1')!;
  const series = runSeries(file, partsOf('s1'));
  const analysis = analyzeRun(file, run, series);
  const measured = (JSON.parse(read('training/measured.json')) as Measured).runs['s1']!;

  it.each(analysis.groups.map((group) => [`${group.condition ?? ''}/${group.kind}`, group] as const))(
    '%s is what was measured in Python',
    (name, group) => {
      const { null: none, net, forgetting, specificityNet, ...own } = measured[name]!;
      near(group.specificity, own.specificity.end);
      if (none === undefined) return;
      near(group.meanEffectivity, own.effectivity);
      near(group.meanNull, none.effectivity);
      near(group.meanNet, net!.effectivity, DIFFERENCE);
      const [first] = group.effectivity;
      near(first!.mean, own.effectivityFirst);
      near(first!.null, none.effectivityFirst);
      near(first!.net, net!.effectivityFirst, DIFFERENCE);
      near(first!.fixedLag, own.fixedLagFirst);
      near(first!.fixedLagNull, none.fixedLagFirst);
      near(
        overEncounters(group.effectivity, ({ fixedLag }) => fixedLag),
        own.fixedLag,
      );
      near(
        overEncounters(group.effectivity, ({ fixedLagNull }) => fixedLagNull),
        none.fixedLag,
      );
      const control = analysis.groups.find((one) => one.condition === 'control' && one.kind === group.kind)!;
      near(group.specificity! - control.specificity!, specificityNet!.end, DIFFERENCE);
      sameDecay(group.retention!, forgetting!.raw);
      sameDecay(group.netRetention!, forgetting!.net);
    },
  );

  it('compares something', () => {
    expect(analysis.groups).toHaveLength(12);
    expect(analysis.steps.length).toBeGreaterThan(40);
    const fitted = Object.values(measured).flatMap(({ forgetting }) =>
      forgetting === undefined ? [] : [forgetting.raw, forgetting.net].map(({ decay }) => decay),
    );
    expect(fitted).toHaveLength(18);
    expect(fitted.filter((decay) => decay !== undefined)).toHaveLength(17);
  });
});
