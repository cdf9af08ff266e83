import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { total, zipf } from '../../../../src/core/dynamics/populations/frequencies';
import {
  batched,
  capped,
  deduplicated,
  inTurn,
  paraphrased,
  tempered,
} from '../../../../src/core/dynamics/populations/interventions';
import type { Scenario } from '../../../../src/core/dynamics/populations/scenario';
import { waterFill } from '../../../../src/core/dynamics/populations/waterFill';
import { oracle } from './oracle';

function scenario(frequencies: Float64Array, copies: Float64Array | null = null): Scenario {
  return {
    frequencies,
    copies,
    share: 0.1,
    corpus: 1e6,
    batch: 100,
    steps: 5000,
    rise: 0.4,
    peakDelay: 1,
    kernels: { paraphrase: { a: 0.25, b: 1 }, duplication: { a: 0.3, b: 1 } },
  };
}

const populations = fc
  .array(fc.double({ min: 1e-6, max: 1, noNaN: true }), { minLength: 1, maxLength: 60 })
  .map((weights) => {
    const sum = weights.reduce((a, b) => a + b);
    return Float64Array.from(
      weights.toSorted((a, b) => b - a),
      (weight) => weight / sum,
    );
  });

describe('capping the head', () => {
  it.each(oracle.capped)('of $facts facts at $cap: as found by root finding', (one) => {
    const { frequencies } = capped(one.cap)(scenario(zipf(one.facts, one.zipf)));
    frequencies.forEach((frequency, i) => {
      expect(Math.abs(frequency - one.frequencies[i]!)).toBeLessThan(1e-12);
    });
  });

  it('keeps the sum and the order, and no frequency above the cap', () => {
    fc.assert(
      fc.property(populations, fc.double({ min: 0, max: 1, noNaN: true }), (p, place) => {
        const least = 1 / p.length;
        const cap = Math.min(1, least + place * (1 - least) + 1e-12);
        const { frequencies } = capped(cap)(scenario(p));
        expect(total(frequencies)).toBeCloseTo(1, 10);
        frequencies.forEach((frequency, i) => {
          expect(frequency).toBeLessThanOrEqual(cap);
          if (i > 0) expect(frequency).toBeLessThanOrEqual(frequencies[i - 1]!);
          // What is below the cap never loses.
          if (p[i]! <= cap) expect(frequency).toBeGreaterThanOrEqual(p[i]! * (1 - 1e-12));
        });
      }),
    );
  });

  it('changes nothing where the cap is not below the head', () => {
    const before = scenario(zipf(20, 1));
    expect(capped(before.frequencies[0]!)(before)).toBe(before);
  });

  it('is refused where the facts would not fill the batch', () => {
    expect(() => capped(0.05)(scenario(zipf(10, 1)))).toThrow(/at least 0.1/);
  });
});

describe('tempered sampling', () => {
  it('keeps sum and order, flattens below 1 and sharpens above', () => {
    fc.assert(
      fc.property(populations, fc.double({ min: 0, max: 3, noNaN: true }), (p, exponent) => {
        const { frequencies } = tempered(exponent)(scenario(p));
        expect(total(frequencies)).toBeCloseTo(1, 12);
        frequencies.forEach((frequency, i) => {
          if (i > 0) expect(frequency).toBeLessThanOrEqual(frequencies[i - 1]!);
        });
        const [before, after] = [p[0]! / p.at(-1)!, frequencies[0]! / frequencies.at(-1)!];
        if (exponent < 1) expect(after).toBeLessThanOrEqual(before * (1 + 1e-9));
        else expect(after).toBeGreaterThanOrEqual(before * (1 - 1e-9));
      }),
    );
  });

  it('with 1 changes nothing, with 0 makes all alike', () => {
    const before = scenario(zipf(20, 1));
    expect(tempered(1)(before)).toBe(before);
    for (const frequency of tempered(0)(before).frequencies) expect(frequency).toBeCloseTo(0.05, 15);
  });
});

describe('what is done about duplicates', () => {
  it('deduplication by hand: ten copies of the first fact’s texts', () => {
    // 5 % of all sequences are about fact 1, in ten copies; 5 % about fact 2; of 95.5 % that are left …
    const after = deduplicated(scenario(Float64Array.of(0.5, 0.5), Float64Array.of(10, 1)));
    expect(after.copies).toBeNull();
    expect(after.share).toBeCloseTo((0.005 + 0.05) / 0.955, 14);
    expect(after.frequencies[0]).toBeCloseTo(0.005 / 0.055, 14);
    expect(total(after.frequencies)).toBeCloseTo(1, 14);
    expect(after.corpus).toBe(1e6);
    // What was no duplicate fills the freed room in proportion.
    expect(after.share * after.frequencies[1]!).toBeCloseTo(0.05 / 0.955, 14);
  });

  it('deduplication of what is not duplicated, and of nothing but facts', () => {
    const before = scenario(zipf(5, 1));
    expect(deduplicated(before)).toBe(before);
    const all = { ...scenario(zipf(5, 1), new Float64Array(5).fill(4)), share: 1 };
    expect(deduplicated(all).share).toBe(1);
    deduplicated(all).frequencies.forEach((frequency, i) => {
      expect(frequency).toBeCloseTo(all.frequencies[i]!, 14);
    });
  });

  it('paraphrasing keeps the counts', () => {
    const before = scenario(zipf(5, 1), new Float64Array(5).fill(4));
    expect(paraphrased(before)).toEqual({ ...before, copies: null });
  });
});

describe('other interventions', () => {
  it('a larger batch has fewer steps and as many sequences', () => {
    const kernel = { a: 0.2, b: 1 };
    const after = batched(400, { rise: 0.3, kernels: { paraphrase: kernel } })(scenario(zipf(5, 1)));
    expect(after).toMatchObject({ batch: 400, steps: 1250, rise: 0.3 });
    expect(after.kernels).toEqual({ paraphrase: kernel, duplication: { a: 0.3, b: 1 } });
    expect(batched(100)(scenario(zipf(5, 1)))).toEqual(scenario(zipf(5, 1)));
  });

  it('are composed in turn, and leave the scenario they are given alone', () => {
    const before = scenario(zipf(30, 1), new Float64Array(30).fill(2));
    const copy = structuredClone(before);
    const after = inTurn([deduplicated, tempered(0.5), capped(0.06), batched(50)])(before);
    expect(before).toEqual(copy);
    expect(after.frequencies).toEqual(capped(0.06)(tempered(0.5)(deduplicated(before))).frequencies);
    expect(total(after.frequencies)).toBeCloseTo(1, 12);
  });
});

describe('filling to the caps', () => {
  it('gives shares that sum up, and leaves no room beside one that got more for its weight', () => {
    const amounts = fc.oneof(fc.constant(0), fc.double({ min: 0.01, max: 10, noNaN: true }));
    const items = fc.array(
      fc.record({
        weight: amounts,
        cap: amounts,
      }),
      { minLength: 1, maxLength: 30 },
    );
    fc.assert(
      fc.property(
        items,
        amounts.map((amount) => 10 * amount),
        (list, amount) => {
          const shares = waterFill(
            Float64Array.from(list, ({ weight }) => weight),
            Float64Array.from(list, ({ cap }) => cap),
            amount,
          );
          const room = list.reduce((sum, { weight, cap }) => sum + (weight > 0 ? cap : 0), 0);
          expect(total(shares)).toBeCloseTo(Math.min(amount, room), 9);
          const open = list.flatMap(({ weight, cap }, i) =>
            weight > 0 && shares[i]! < cap * (1 - 1e-9) ? [shares[i]! / weight] : [],
          );
          list.forEach(({ weight, cap }, i) => {
            expect(shares[i]).toBeLessThanOrEqual(cap);
            for (const x of open) expect(shares[i]! / weight <= x * (1 + 1e-6) || weight === 0).toBe(true);
          });
        },
      ),
    );
  });
});
