import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { forecast, type ForecastProbe } from '../../../../src/core/dynamics/forward/forecast';
import { forecastRun } from '../../../../src/core/dynamics/forward/forecastRun';
import { parseProbeFile } from '../../../../src/core/probes/parse';
import type { Part } from '../../../../src/core/results/part';
import type { ScoreRow } from '../../../../src/core/results/row';
import { runSeries } from '../../../../src/core/results/series';
import { everyStep, madeUp, regular, type MadeUp } from '../madeUp';

/** As far as before encounter n + 1. */
function firstOf(run: MadeUp, n: number): ForecastProbe[] {
  const until = run.encounters[n]!;
  return madeUp(run).map(({ fact, series, encounters, baseline }) => ({
    fact,
    baseline,
    series: {
      steps: series.steps.filter((step) => step <= until),
      values: series.values.slice(0, series.steps.filter((step) => step <= until).length),
    },
    encounters: encounters.slice(0, n),
    whole: series,
    allEncounters: encounters,
  }));
}

const run: MadeUp = {
  kernel: { a: 0.25, b: 1 },
  encounters: regular(10, 100),
  steps: everyStep(0, 1900),
  facts: 4,
  spread: 0.5,
};

describe('the forecast of a made-up run', () => {
  it.each([1, 3, 9])('from %i encounters without noise is the run', (n) => {
    const { error, predicted, truth, steps, kernel, seen, encounters, until } = forecast(firstOf(run, n), 50);
    expect({ seen, encounters, until }).toEqual({ seen: n, encounters: 10, until: n * 100 });
    expect(kernel!.a).toBeCloseTo(0.25, 8);
    expect(steps[0]).toBe(n * 100 + 1);
    expect(predicted).toHaveLength(truth.length);
    expect(error!.rmse).toBeLessThan(1e-6);
    expect(Math.abs(error!.bias)).toBeLessThan(1e-6);
    expect(Math.abs(error!.atEnd)).toBeLessThan(1e-6);
    expect(error!.rmseOfStaying).toBeGreaterThan(0.1);
  });

  it('with noise is far nearer than the last level seen', () => {
    const { error } = forecast(firstOf({ ...run, facts: 30, noise: 0.2 }, 4), 50);
    expect(error!.rmse).toBeLessThan(0.2);
    expect(error!.rmseOfStaying).toBeGreaterThan(3 * error!.rmse);
  });

  it('says from which step on it is impossible, and does not clip it', () => {
    const probes = firstOf(run, 3);
    const { steps, predicted, baseline, impossibleFrom } = forecast(probes, 50);
    expect(impossibleFrom).toBeNull();
    expect(baseline).toBeCloseTo(
      probes.reduce((sum, { series }) => sum + series.values[0]! / probes.length, 0),
      12,
    );
    const near = forecast(
      probes.map((probe) => ({ ...probe, baseline: -1.5 })),
      50,
    );
    expect(near.predicted).toEqual(predicted);
    const first = predicted.findIndex((level) => level > 1.5);
    expect(first).toBeGreaterThan(0);
    expect(near).toMatchObject({ baseline: -1.5, impossibleFrom: steps[first] });
  });

  it('does not look at what comes after', () => {
    const probes = firstOf(run, 3);
    const other = probes.map((probe) => ({
      ...probe,
      whole: {
        ...probe.whole,
        values: probe.whole.values.map((v, i) => (probe.whole.steps[i]! > 300 ? 7 : v)),
      },
    }));
    const [one, two] = [forecast(probes, 50), forecast(other, 50)];
    expect(two.predicted).toEqual(one.predicted);
    expect(two.error!.rmse).toBeGreaterThan(1);
  });

  it('says why there is none', () => {
    const sparse = firstOf({ ...run, steps: everyStep(0, 1900).filter((step) => step % 50 === 0) }, 1);
    expect(forecast(sparse, 50)).toMatchObject({
      kernel: null,
      error: null,
      predicted: [],
      why: expect.stringContaining('Too few points') as string,
    });
    expect(forecast([], 50)).toMatchObject({ kernel: null, probes: 0 });
  });
});

const examples = new URL('../../../../examples/', import.meta.url);

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

describe('the forecast of the example', () => {
  const { file } = parseProbeFile(readFileSync(new URL('invented-facts.probes.yaml', examples), 'utf8'));
  const measured = (id: string) => {
    const { items, scores } = JSON.parse(
      readFileSync(new URL(`reference/${id}.json`, examples), 'utf8'),
    ) as Reference;
    const parts = Object.entries(scores).map(([step, values]): Part => ({
      // Measured elsewhere, so that rows are known by their ids.
      metadata: { scorer: null, settings: {} },
      rows: items.map(([fact, probe, kind, role, index, text, n_tokens], i) => ({
        ...{ run: id, step: Number(step), fact, probe, kind, role, index, text, n_tokens },
        ...{ condition: null, n_bytes: 0, logprob_first: 0, logprob_full: 0, greedy: false },
        ...{ logprob_mean: values[i]![0], logprob_sum: values[i]![1], tokens: [], key: '' },
      })),
    }));
    return { run: file.runs.find((one) => one.id.value === id)!, series: runSeries(file, parts) };
  };

  it('from eight encounters of s1 is better than staying for facts met ten times, where it is one', () => {
    const { run: s1, series } = measured('s1');
    const groups = forecastRun(file, s1, series, 8);
    expect(groups).toHaveLength(9);
    for (const kind of ['memorization', 'semantic']) {
      const group = groups.find((one) => one.condition === 'duplication' && one.kind === kind)!;
      expect(group).toMatchObject({ net: true, seen: 8, encounters: 10, until: 400 });
      expect(group.steps[0]).toBe(407);
      expect(group.error!.rmse).toBeLessThan(0.3);
      expect(group.error!.rmse).toBeLessThan(0.6 * group.error!.rmseOfStaying);
    }
  });

  it('from eight encounters of s2 is possible for facts met once alone: its checkpoints are few', () => {
    const { run: s2, series } = measured('s2');
    for (const { condition, error, why } of forecastRun(file, s2, series, 8)) {
      if (condition === 'once') expect(error!.rmse).toBeLessThan(0.5);
      else expect(why).toContain('Too few points');
    }
  });

  it('is refused where there is nothing to come', () => {
    const { run: s1, series } = measured('s1');
    expect(() => forecastRun(file, s1, series, 10)).toThrow(/more than 10 encounters.*at most 9/);
  });
});
