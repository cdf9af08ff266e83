import { kmeansGenerator, type kmeans } from 'ml-kmeans';
import { FailureError } from '../../failure';
import { seededRandom, type Random } from '../../random';
import { candidatesFor, squaredDistance, startingCentroids } from './seeding';

/** One feature vector an item, all of one length. */
export interface Vectors {
  readonly rows: number;
  readonly width: number;
  /** Row by row; all finite. */
  readonly values: Float64Array | Float32Array;
}

/**
 * Clusters, clusters of clusters, and so on: at level l (from 0) the cluster of each item, then of each cluster of the
 * level below.
 */
export type ClusterTree = readonly Uint32Array[];

export interface ClusterOptions {
  /** Clusters at each level, the finest first; each fewer than the one before and than the items. */
  readonly levels: readonly number[];
  /** How often a level is clustered anew on points taken evenly from its clusters. */
  readonly resamples: number;
  /** So many points of each cluster, those closest to its centroid. */
  readonly samplesPerCluster: number;
  readonly seed: number;
  /** Told how far the work has come: a clustering counts as its points times its clusters. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Hierarchical k-means with resampling (arXiv 2405.15613, section 3): k-means (k-means++, squared Euclidean) of the
 * items, then of the centroids, level by level. Within a level k-means is repeated on equally many points of each
 * cluster, those closest to its centroid, and all points are assigned to the new centroids: so the clusters come to lie
 * evenly over the space instead of crowding where the data do. Empty clusters are dropped.
 * @throws FailureError `too-many-clusters` where a level has more clusters than there are points for it
 */
export function hierarchicalClusters(vectors: Vectors, options: ClusterOptions): ClusterTree {
  const random = seededRandom(options.seed);
  const meter = workMeter(vectors.rows, options);
  const tree: Uint32Array[] = [];
  let points = scaledRows(vectors);
  for (const clusters of options.levels) {
    if (clusters > points.length)
      throw new FailureError({
        code: 'too-many-clusters',
        message: `${points.length} points cannot be put into ${clusters} clusters.`,
        remedy: 'Ask for fewer clusters, and at each level for fewer than at the one before.',
      });
    let level = assign(points, cluster(points, clusters, random, meter));
    for (let i = 0; i < options.resamples; i++) {
      const sample = closest(points, level, options.samplesPerCluster);
      level = assign(points, cluster(sample, level.centroids.length, random, meter));
    }
    tree.push(level.clusterOf);
    points = level.centroids;
  }
  return tree;
}

type Clustering = ReturnType<typeof kmeans>;

interface Level {
  /** Of the clusters that are not empty. */
  readonly centroids: number[][];
  readonly clusterOf: Uint32Array;
  readonly distance: Clustering['distance'];
}

/** k-means does not mind the scale, but its squares do: the greatest number becomes 1. */
function scaledRows({ rows, width, values }: Vectors): number[][] {
  let greatest = 0;
  for (const value of values) greatest = Math.max(greatest, Math.abs(value));
  const scale = greatest > 0 ? greatest : 1;
  return Array.from({ length: rows }, (_, row) =>
    Array.from(values.subarray(row * width, (row + 1) * width), (value) => value / scale),
  );
}

const MOST_ITERATIONS = 50;

function cluster(points: number[][], clusters: number, random: Random, meter: Meter): Clustering {
  const start = candidatesFor(clusters);
  const tell = meter(points.length * clusters);
  const initialization = startingCentroids(points, clusters, random);
  const options = { initialization, maxIterations: MOST_ITERATIONS, distanceFunction: squaredDistance };
  let found: Clustering | undefined;
  for (found of kmeansGenerator(points, clusters, options))
    tell((start + found.iterations) / (start + MOST_ITERATIONS));
  tell(1);
  return found!;
}

/** Begins a clustering of that much work; what it returns is told the share of it that is done. */
type Meter = (work: number) => (share: number) => void;

function workMeter(
  rows: number,
  { levels, resamples, samplesPerCluster, onProgress }: ClusterOptions,
): Meter {
  const total = levels.reduce((sum, clusters, i) => {
    const points = levels[i - 1] ?? rows;
    return sum + (points + resamples * Math.min(points, clusters * samplesPerCluster)) * clusters;
  }, 0);
  let before = 0;
  return (work) => {
    const start = before;
    before += work;
    return (share) => onProgress?.(Math.min(total, Math.round(start + share * work)), total);
  };
}

/** Each point with its nearest centroid; centroids that have no points are dropped. */
function assign(points: number[][], clustering: Clustering): Level {
  const nearest = clustering.nearest(points);
  const used = new Set(nearest);
  const place = new Map([...used].map((old, i) => [old, i]));
  return {
    centroids: [...used].map((old) => clustering.centroids[old]!),
    clusterOf: Uint32Array.from(nearest, (old) => place.get(old)!),
    distance: clustering.distance,
  };
}

/** The points of each cluster that are closest to its centroid. */
function closest(points: number[][], { centroids, clusterOf, distance }: Level, most: number): number[][] {
  const members = centroids.map((): { point: number[]; distance: number }[] => []);
  points.forEach((point, i) => {
    const at = clusterOf[i]!;
    members[at]!.push({ point, distance: distance(point, centroids[at]!) });
  });
  return members.flatMap((cluster) =>
    cluster
      .sort((a, b) => a.distance - b.distance)
      .slice(0, most)
      .map(({ point }) => point),
  );
}
