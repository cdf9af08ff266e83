import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { analyzeRun } from '../../../src/core/dynamics/analyzeRun';
import { logarithmicFit } from '../../../src/core/dynamics/fit';
import { gainSet } from '../../../src/core/dynamics/groupRetention';
import { membersOf } from '../../../src/core/dynamics/members';
import { nullOf } from '../../../src/core/dynamics/null';
import { meanRetention } from '../../../src/core/dynamics/retention';
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

/** What examples/training/measure.py measured, rounded to 1e-4; written by another hand from the same definitions. */
interface Measured {
  readonly runs: Readonly<Record<string, Readonly<Record<string, MeasuredGroup>>>>;
}

interface Acquisition {
  readonly effectivity: number;
  readonly effectivityFirst: number;
  readonly fixedLagFirst: number;
}

interface MeasuredGroup extends Partial<Acquisition> {
  readonly null?: Acquisition;
  readonly net?: Acquisition;
  readonly forgetting?: { readonly leastRise: number; readonly raw: Decay; readonly net: Decay };
  readonly specificity: { readonly end: number };
}

interface Decay {
  readonly used: number;
  readonly decay?: number;
  readonly intercept?: number;
  readonly r2?: number;
  readonly retainedAt1000?: number;
}

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

// The other run has fewer checkpoints here than were measured.
describe('the example’s run s1, scored by PyTorch', () => {
  const run = file.runs.find(({ id }) => id.value === 's1')!;
  const series = runSeries(file, partsOf('s1'));
  const analysis = analyzeRun(file, run, series);
  const all = membersOf(file, run, series);
  const measured = (JSON.parse(read('training/measured.json')) as Measured).runs['s1']!;
  const near = (found: number | null | undefined, wanted: number | undefined) => {
    if (wanted === undefined) return;
    // Rounded to 1e-4, differences of rounded numbers again.
    expect(Math.abs(found! - wanted)).toBeLessThan(1.6e-4);
  };

  it.each(analysis.groups.map((group) => [`${group.condition ?? ''}/${group.kind}`, group] as const))(
    '%s is what was measured in Python',
    (name, group) => {
      const wanted = measured[name]!;
      near(group.specificity, wanted.specificity.end);
      if (wanted.forgetting === undefined) return;
      near(group.meanEffectivity, wanted.effectivity);
      near(group.meanNull, wanted.null!.effectivity);
      near(group.meanNet, wanted.net!.effectivity);
      near(group.effectivity[0]!.mean, wanted.effectivityFirst);
      near(group.effectivity[0]!.fixedLag, wanted.fixedLagFirst);
      near(group.effectivity[0]!.fixedLagNull, wanted.null!.fixedLagFirst);
      near(group.retention!.threshold, wanted.forgetting.leastRise);
      expect(group.retention!.n).toBe(wanted.forgetting.raw.used);
      // Python fits from lag 1 on, and asks of net rises what it asks of others.
      const members = all.filter(
        ({ condition, probe }) => condition === group.condition && probe.kind === group.kind,
      );
      const none = nullOf(all, group.kind, run.window);
      for (const [set, decay] of [
        [gainSet(members, none.rise, run.window), wanted.forgetting.raw],
        [
          gainSet(members, none.rise, run.window, ({ target }) => none.net!.subtract(target)),
          wanted.forgetting.net,
        ],
      ] as const) {
        expect(set.used).toHaveLength(decay.used);
        if (decay.decay === undefined) continue;
        const { lags, meanR } = meanRetention(set.used);
        const fit = logarithmicFit(lags, meanR);
        near(fit.a, decay.decay);
        near(fit.b, decay.intercept);
        near(fit.r2, decay.r2);
        near(meanR[60], decay.retainedAt1000);
      }
    },
  );

  it('compares something', () => {
    expect(analysis.groups).toHaveLength(12);
    expect(analysis.steps.length).toBeGreaterThan(40);
  });
});
