import { kmeans } from 'ml-kmeans';
import { FailureError } from '../../failure';
import { seededRandom, type Random } from '../../random';

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
}

/**
 * Hierarchical k-means with resampling (arXiv 2405.15613, section 3): k-means (k-means++, squared Euclidean) of the
 * items, then of the centroids, level by level. Within a level k-means is repeated on equally many points of each
 * cluster, those closest to its centroid, and all points are assigned to the new centroids: so the clusters come to lie
 * evenly over the space instead of crowding where the data do. Empty clusters are dropped.
 * @throws FailureError `too-many-clusters` where a level has more clusters than there are points for it
 */
export function hierarchicalClusters(vectors: Vectors, options: ClusterOptions): ClusterTree {
  const seeds = seededRandom(options.seed);
  const tree: Uint32Array[] = [];
  let points = scaledRows(vectors);
  for (const clusters of options.levels) {
    if (clusters > points.length)
      throw new FailureError({
        code: 'too-many-clusters',
        message: `${points.length} points cannot be put into ${clusters} clusters.`,
        remedy: 'Ask for fewer clusters, and at each level for fewer than at the one before.',
      });
    let level = assign(points, cluster(points, clusters, seeds));
    for (let i = 0; i < options.resamples; i++) {
      const sample = closest(points, level, options.samplesPerCluster);
      level = assign(points, cluster(sample, level.centroids.length, seeds));
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

function cluster(points: number[][], clusters: number, seeds: Random): Clustering {
  return kmeans(points, clusters, { seed: seeds.below(2 ** 31), maxIterations: 50 });
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
