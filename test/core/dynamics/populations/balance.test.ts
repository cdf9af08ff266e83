import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { balanced, balancedAmounts } from '../../../../src/core/dynamics/populations/balance';
import { hierarchicalClusters, type Vectors } from '../../../../src/core/dynamics/populations/clusters';
import { total, zipf } from '../../../../src/core/dynamics/populations/frequencies';
import { seededRandom } from '../../../../src/core/random';
import { oracle } from './oracle';

const OPTIONS = { levels: [4], resamples: 2, samplesPerCluster: 5, seed: 1 };

/** Points around centres on a line, `sizes` of them at each. */
function blobs(sizes: readonly number[], seed = 1): Vectors {
  const { uniform } = seededRandom(seed);
  const values = sizes.flatMap((size, at) =>
    Array.from({ length: size }, () => [10 * at + uniform(), uniform(), uniform()]).flat(),
  );
  return { rows: values.length / 3, width: 3, values: Float64Array.from(values) };
}

describe('balanced sampling', () => {
  it.each(oracle.balanced)('of $kept in two levels: as found by root finding', (one) => {
    const amounts = balancedAmounts(
      one.parents.map((parents) => Uint32Array.from(parents)),
      Float64Array.from(one.amounts),
      one.kept,
    );
    amounts.forEach((amount, i) => {
      expect(Math.abs(amount - one.amountsKept[i]!)).toBeLessThan(1e-10);
    });
  });

  it('of equal clusters is uniform', () => {
    const tree = [Uint32Array.of(0, 0, 1, 1, 2, 2), Uint32Array.of(0, 1, 2)];
    const amounts = balancedAmounts(tree, new Float64Array(6).fill(1), 3);
    for (const amount of amounts) expect(amount).toBeCloseTo(0.5, 14);
  });

  it('keeps what is asked for, and of no item more than there is', () => {
    const trees = fc
      .record({
        fine: fc.array(fc.nat(4), { minLength: 1, maxLength: 40 }),
        coarse: fc.array(fc.nat(2), { minLength: 5, maxLength: 5 }),
      })
      .map(({ fine, coarse }) => [
        Uint32Array.from(fine),
        Uint32Array.from(coarse.slice(0, Math.max(...fine) + 1)),
      ]);
    fc.assert(
      fc.property(trees, fc.double({ min: 0.001, max: 1, noNaN: true }), (tree, kept) => {
        const p = zipf(tree[0]!.length, 1);
        const amounts = balancedAmounts(tree, p, kept);
        expect(total(amounts)).toBeCloseTo(kept, 10);
        amounts.forEach((amount, i) => {
          expect(amount).toBeLessThanOrEqual(p[i]! * (1 + 1e-12));
        });
      }),
    );
  });

  it('as an intervention keeps a sum of 1; keeping all changes nothing', () => {
    const scenario = {
      frequencies: zipf(8, 1),
      copies: null,
      share: 0.1,
      corpus: 1000,
      batch: 10,
      steps: 100,
      rise: 1,
      peakDelay: 1,
      kernels: { paraphrase: { a: 0.25, b: 1 }, duplication: { a: 0.25, b: 1 } },
    };
    const tree = [Uint32Array.of(0, 0, 0, 0, 1, 1, 2, 2)];
    expect(balanced(tree, 1)(scenario)).toBe(scenario);
    const after = balanced(tree, 0.2)(scenario);
    expect(total(after.frequencies)).toBeCloseTo(1, 14);
    expect(after.corpus).toBeCloseTo(200, 12);
    const sums = [0, 1, 2].map((at) =>
      after.frequencies.reduce((sum, p, i) => sum + (tree[0]![i] === at ? p : 0), 0),
    );
    for (const sum of sums) expect(sum).toBeCloseTo(1 / 3, 12);
  });
});

describe('hierarchical k-means', () => {
  it('finds clusters that are far apart, whatever their sizes', () => {
    const sizes = [200, 30, 30, 5];
    const [clusterOf] = hierarchicalClusters(blobs(sizes), OPTIONS);
    const found = sizes.map((size, at) => {
      const start = sizes.slice(0, at).reduce((sum, one) => sum + one, 0);
      return new Set(clusterOf!.subarray(start, start + size));
    });
    for (const one of found) expect(one.size).toBe(1);
    expect(new Set(found.flatMap((one) => [...one])).size).toBe(4);
  });

  it('builds levels of levels: near clusters are together', () => {
    const vectors = blobs([20, 20, 20, 20]);
    for (let row = 40; row < 80; row++) vectors.values[row * 3]! += 1000;
    const [fine, coarse] = hierarchicalClusters(vectors, { ...OPTIONS, levels: [4, 2] });
    const group = (row: number) => coarse![fine![row]!];
    expect(group(0)).toBe(group(25));
    expect(group(45)).toBe(group(70));
    expect(group(0)).not.toBe(group(70));
  });

  it('is the same for the same seed, and does not mind the scale', () => {
    const vectors = blobs([30, 30, 30, 30, 30, 30], 4);
    const options = { ...OPTIONS, levels: [12, 3] };
    const once = hierarchicalClusters(vectors, options);
    expect(hierarchicalClusters(vectors, options)).toEqual(once);
    for (const scale of [2 ** -700, 2 ** 900]) {
      const scaled = { ...vectors, values: vectors.values.map((value) => value * scale) };
      expect(hierarchicalClusters(scaled, options)).toEqual(once);
    }
  });

  it('takes points that are all the same', () => {
    const vectors = { rows: 9, width: 2, values: new Float64Array(18).fill(7) };
    const [clusterOf] = hierarchicalClusters(vectors, { ...OPTIONS, levels: [3] });
    expect([...clusterOf!]).toEqual(new Array(9).fill(0));
  });

  it('spends clusters more evenly after resampling: the crowd gets fewer of them', () => {
    const vectors = blobs([2000, 20, 20, 20]);
    const inCrowd = (resamples: number) =>
      new Set(hierarchicalClusters(vectors, { ...OPTIONS, levels: [40], resamples })[0]!.subarray(0, 2000))
        .size;
    expect(inCrowd(5)).toBeLessThan(inCrowd(0));
  });

  it('tells how far it has come, to the end and never back', () => {
    const told: number[] = [];
    let all = 0;
    const vectors = blobs([30, 30, 30, 30, 30, 30], 4);
    hierarchicalClusters(vectors, {
      ...{ ...OPTIONS, levels: [12, 3] },
      onProgress: (done, total) => {
        told.push(done);
        all = total;
      },
    });
    // 180 points, twice 5 of each of 12 clusters; 12 points, twice all 12 of them.
    expect(all).toBe((180 + 2 * 60) * 12 + (12 + 2 * 12) * 3);
    expect(told.length).toBeGreaterThan(12);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told[0]).toBeGreaterThan(0);
    expect(told.at(-1)).toBeGreaterThan(0.9 * all);
    expect(told.at(-1)).toBeLessThanOrEqual(all);
  });

  it('refuses more clusters than points', () => {
    expect(() => hierarchicalClusters(blobs([3]), OPTIONS)).toThrow(/3 points cannot be put into 4/);
  });
});
