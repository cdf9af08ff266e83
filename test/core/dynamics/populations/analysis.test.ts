import { describe, expect, it } from 'vitest';
import { analyzeScenario, tableRanks } from '../../../../src/core/dynamics/populations/analysis';
import { zipf } from '../../../../src/core/dynamics/populations/frequencies';
import { deduplicated, paraphrased } from '../../../../src/core/dynamics/populations/interventions';
import { outcomes } from '../../../../src/core/dynamics/populations/outcome';
import type { Scenario } from '../../../../src/core/dynamics/populations/scenario';

const QUESTION = { level: 1, when: 'end', samples: 1000, seed: 1 } as const;
const SCENARIO: Scenario = {
  frequencies: zipf(20_000, 1),
  copies: null,
  share: 0.01,
  corpus: 1e7,
  batch: 1000,
  steps: 20_000,
  rise: 0.4,
  peakDelay: 1,
  kernels: { paraphrase: { a: 0.25, b: 1 }, duplication: { a: 0.3, b: 1 } },
};
const analyze = (
  scenario: Scenario,
  question: Parameters<typeof outcomes>[0] = QUESTION,
  asked = SCENARIO.frequencies,
) => analyzeScenario(outcomes(question)(scenario), { level: question.level, start: null, asked });

describe('a population', () => {
  const analysis = analyze(SCENARIO);

  it('ceases to be known where the expected gain falls below the level', () => {
    const { gain } = outcomes(QUESTION)(SCENARIO);
    const { rank, facts, share, mass } = analysis.expected;
    expect(gain(rank - 1).mean).toBeGreaterThanOrEqual(1);
    expect(gain(rank).mean).toBeLessThan(1);
    expect(facts).toBe(rank);
    expect(share).toBe(rank / 20_000);
    expect(mass).toBeCloseTo(
      SCENARIO.frequencies.slice(0, rank).reduce((sum, p) => sum + p),
      12,
    );
  });

  it('is probably known about as far as it is expected to be, and less and less further on', () => {
    expect(analysis.probable.rank / analysis.expected.rank).toBeGreaterThan(0.7);
    expect(analysis.probable.rank / analysis.expected.rank).toBeLessThan(1.1);
    const known = analysis.ranks.map((rank) => rank.known.probability);
    known.slice(1).forEach((probability, i) => {
      expect(probability).toBeLessThanOrEqual(known[i]! + 0.1);
    });
    expect([known[0], known.at(-1)! < 1e-3]).toEqual([1, true]);
  });

  it('meets facts in time up to where the interval is the threshold', () => {
    const { rank } = analysis.withinThreshold;
    const interval = (fact: number) => 1 / outcomes(QUESTION)(SCENARIO).encounters[fact]!;
    expect(interval(rank - 1)).toBeLessThanOrEqual(10_000);
    expect(interval(rank)).toBeGreaterThan(10_000);
    expect(analysis.kernels.paraphrase).toEqual({ a: 0.25, b: 1, threshold: 10_000, facts: 20_000 });
  });

  it('says what a training goes through', () => {
    const [first] = analysis.ranks;
    expect(analysis.passes).toBe(2);
    expect(first).toMatchObject({ rank: 1, condition: 'paraphrase', frequency: SCENARIO.frequencies[0] });
    expect(first!.sequences).toBeCloseTo(SCENARIO.frequencies[0]! * 1e5, 6);
    expect(first!.interval!.mean * first!.encounters).toBeCloseTo(20_000, 6);
  });

  it('of one fact in every sequence, by hand: three steps, all encounters', () => {
    const certain = { ...SCENARIO, frequencies: zipf(1, 1), share: 1, steps: 3 };
    const one = analyze(certain, QUESTION, certain.frequencies);
    // Lags 0, 1 and 2: 0.4 · (1 + 1 + 1 − 0.25 · log10 2).
    expect(one.ranks).toHaveLength(1);
    expect(one.ranks[0]!.gain.mean).toBeCloseTo(0.4 * (3 - 0.25 * Math.log10(2)), 14);
    expect(one.ranks[0]!.gain.deviation).toBe(0);
    expect(one.ranks[0]!.known).toEqual({ probability: 1, standardError: 0, method: 'exact' });
    expect(one.expected).toEqual({ rank: 1, facts: 1, share: 1, mass: 1 });
  });

  it('counts only encounters whose peak comes before the end', () => {
    const late = { ...SCENARIO, frequencies: zipf(1, 1), share: 1, steps: 12, peakDelay: 10 };
    expect(analyze(late).ranks[0]!.gain.mean).toBeCloseTo(0.4 * (3 - 0.25 * Math.log10(2)), 14);
    expect(analyze({ ...late, peakDelay: 13 }).ranks[0]!.known.probability).toBe(0);
  });

  it('forgets duplicated facts by their own kernel, and by the other once they are paraphrased', () => {
    const copies = new Float64Array(20_000).map((_, i) => (i < 100 ? 8 : 1));
    const duplicated = analyze({ ...SCENARIO, copies });
    expect(duplicated.kernels.duplication.facts).toBe(100);
    expect(duplicated.ranks[0]!.condition).toBe('duplication');
    expect(duplicated.ranks[0]!.gain.mean).toBeLessThan(analysis.ranks[0]!.gain.mean);
    expect(analyze(paraphrased({ ...SCENARIO, copies }))).toEqual(analysis);
    // The tail gains from the room that is freed.
    const after = analyze(deduplicated({ ...SCENARIO, copies }));
    expect(after.ranks.at(-1)!.gain.mean).toBeGreaterThan(duplicated.ranks.at(-1)!.gain.mean);
    expect(after.kernels.duplication.facts).toBe(0);
  });

  it('has facts whose expected gain no probability allows, as far as that is known', () => {
    expect(analysis.impossible).toBeNull();
    const outcome = outcomes(QUESTION)(SCENARIO);
    const { impossible, ...rest } = analyzeScenario(outcome, {
      ...{ level: QUESTION.level, start: -3, asked: SCENARIO.frequencies },
    });
    expect({ ...rest, impossible: null }).toEqual(analysis);
    expect(outcome.gain(impossible!.rank - 1).mean).toBeGreaterThan(3);
    expect(outcome.gain(impossible!.rank).mean).toBeLessThanOrEqual(3);
    expect(impossible!.facts).toBe(impossible!.rank);
  });

  it('has facts that were known once, and no longer at the end', () => {
    const ever = analyze(SCENARIO, { ...QUESTION, when: 'ever' });
    expect(ever.probable.facts).toBeGreaterThan(analysis.probable.facts);
    expect(ever.expected).toEqual(analysis.expected);
  });
});

describe('the ranks of the table', () => {
  it('are spaced evenly in their logarithm', () => {
    expect(tableRanks(1)).toEqual([1]);
    expect(tableRanks(37)).toEqual([1, 2, 5, 10, 20, 37]);
    expect(tableRanks(100)).toEqual([1, 2, 5, 10, 20, 50, 100]);
  });
});
