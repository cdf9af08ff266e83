import fc from 'fast-check';
import { kmeans } from 'ml-kmeans';
import { describe, expect, it } from 'vitest';
import { squaredDistance, startingCentroids } from '../../../../src/core/dynamics/populations/seeding';
import { seededRandom } from '../../../../src/core/random';

describe('the squared distance', () => {
  it('is the sum of the squared differences, whatever the width', () => {
    const pair = fc.nat(70).chain((width) => {
      const vector = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: width, maxLength: width });
      return fc.tuple(vector, vector);
    });
    fc.assert(
      fc.property(pair, ([p, q]) => {
        expect(squaredDistance(p, q)).toBe(p.reduce((sum, x, i) => sum + (x - q[i]!) ** 2, 0));
      }),
    );
  });
});

describe('where k-means starts', () => {
  /** Crowds of very different sizes around points of a grid. */
  const { uniform } = seededRandom(3);
  const points = [400, 100, 50, 20, 10, 5].flatMap((size, at) =>
    Array.from({ length: size }, () => [20 * (at % 3) + uniform(), 20 * Math.floor(at / 3) + uniform()]),
  );
  const spread = (centroids: readonly number[][]) =>
    points.reduce((sum, p) => sum + Math.min(...centroids.map((c) => squaredDistance(p, c))), 0);

  it('is at points of the data, in each crowd one, the same for the same seed', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const centroids = startingCentroids(points, 6, seededRandom(seed));
      for (const centroid of centroids) expect(points).toContain(centroid);
      expect(new Set(centroids.map(([x, y]) => `${Math.floor(x! / 20)} ${Math.floor(y! / 20)}`)).size).toBe(
        6,
      );
      expect(startingCentroids(points, 6, seededRandom(seed))).toEqual(centroids);
    }
  });

  it('is as good as where ml-kmeans starts', () => {
    const seeds = Array.from({ length: 30 }, (_, i) => i + 1);
    const total = (of: (seed: number) => number[][]) =>
      seeds.reduce((sum, seed) => sum + spread(of(seed)), 0);
    const own = total((seed) => startingCentroids(points, 20, seededRandom(seed)));
    // One round of k-means is in theirs.
    const theirs = total((seed) => kmeans(points, 20, { seed, maxIterations: 1 }).centroids);
    expect(own).toBeLessThan(2 * theirs);
  });

  it('takes fewer different points than are asked for', () => {
    const same = Array.from({ length: 5 }, () => [1, 2]);
    expect(startingCentroids(same, 3, seededRandom(1))).toEqual([
      [1, 2],
      [1, 2],
      [1, 2],
    ]);
  });
});
