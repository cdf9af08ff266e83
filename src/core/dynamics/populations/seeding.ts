import type { Random } from '../../random';

/** Squared Euclidean. Four sums side by side: one alone waits for itself. @param q as long as p */
export function squaredDistance(p: readonly number[], q: readonly number[]): number {
  let [first, second, third, fourth] = [0, 0, 0, 0];
  const whole = p.length - (p.length % 4);
  for (let i = 0; i < whole; i += 4) {
    first += (p[i]! - q[i]!) ** 2;
    second += (p[i + 1]! - q[i + 1]!) ** 2;
    third += (p[i + 2]! - q[i + 2]!) ** 2;
    fourth += (p[i + 3]! - q[i + 3]!) ** 2;
  }
  for (let i = whole; i < p.length; i++) first += (p[i]! - q[i]!) ** 2;
  return first + second + (third + fourth);
}

/** Candidates for each further centroid, as many as scikit-learn tries. */
export function candidatesFor(clusters: number): number {
  return 2 + Math.floor(Math.log(clusters));
}

/**
 * Where k-means starts: greedy k-means++ (Arthur and Vassilvitskii 2007, section 2 and its closing remark). Each further
 * centroid is drawn among the points in proportion to their squared distance from those there are, and of some candidates
 * that one is taken which leaves the smallest sum of these. (ml-kmeans's own, which copies each point for each distance,
 * takes longer than all that follows.)
 * @param points at least one
 * @returns so many of the points; some twice where fewer are different
 */
export function startingCentroids(points: number[][], clusters: number, random: Random): number[][] {
  const first = points[random.below(points.length)]!;
  const centroids = [first];
  let nearest = Float64Array.from(points, (point) => squaredDistance(point, first));
  let left = sum(nearest);
  while (centroids.length < clusters) {
    const candidates = Array.from({ length: candidatesFor(clusters) }, () => {
      const centroid = points[drawn(nearest, left * random.uniform())]!;
      const distances = nearest.map((known, i) => Math.min(known, squaredDistance(points[i]!, centroid)));
      return { centroid, distances, left: sum(distances) };
    });
    const best = candidates.reduce((one, other) => (other.left < one.left ? other : one));
    centroids.push(best.centroid);
    ({ distances: nearest, left } = best);
  }
  return centroids;
}

/** The place at which the running sum of the weights passes a number. */
function drawn(weights: Float64Array, at: number): number {
  let running = 0;
  for (let i = 0; i < weights.length; i++) {
    running += weights[i]!;
    if (running > at) return i;
  }
  return weights.length - 1;
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
