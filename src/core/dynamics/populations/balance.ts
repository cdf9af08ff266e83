import type { ClusterTree } from './clusters';
import { normalized } from './frequencies';
import type { Intervention } from './scenario';
import { waterFill } from './waterFill';

/**
 * Hierarchical balanced sampling (arXiv 2405.15613, section 3.3): what is to be kept is divided evenly among the
 * clusters of the highest level, none getting more than it has, then within each among its own clusters, and so on
 * down; from the finest clusters sequences are taken at random.
 * @param tree of the items
 * @param amounts what there is of each item
 * @param kept how much is to be kept; at least as much as there is: all
 * @returns what is kept of each item, on average over the random choice (the paper draws whole sequences)
 */
export function balancedAmounts(tree: ClusterTree, amounts: Float64Array, kept: number): Float64Array {
  const there = [amounts];
  for (const clusterOf of tree) there.push(clusterSums(clusterOf, there.at(-1)!));
  // The highest level's clusters as the members of one that holds all.
  let allotted: Float64Array = Float64Array.of(kept);
  for (let level = tree.length; level > 0; level--) {
    const amountsHere = there[level]!;
    const parentOf = tree[level] ?? new Uint32Array(amountsHere.length);
    allotted = divided(parentOf, amountsHere, allotted);
  }
  const [finest] = tree;
  if (finest === undefined) return amounts;
  return amounts.map((amount, item) => {
    const cluster = finest[item]!;
    return amount === 0 ? 0 : amount * (allotted[cluster]! / there[1]![cluster]!);
  });
}

/**
 * A corpus of which a part is kept by {@link balancedAmounts}. Facts' share of the sequences stays.
 * @param kept share of the sequences, above 0, at most 1 (all: nothing changes)
 */
export function balanced(tree: ClusterTree, kept: number): Intervention {
  return (scenario) =>
    kept >= 1
      ? scenario
      : {
          ...scenario,
          frequencies: normalized(balancedAmounts(tree, scenario.frequencies, kept)),
          corpus: scenario.corpus * kept,
        };
}

function clusterSums(clusterOf: Uint32Array, amounts: Float64Array): Float64Array {
  const sums = new Float64Array(clusterOf.reduce((most, cluster) => Math.max(most, cluster + 1), 0));
  clusterOf.forEach((cluster, i) => (sums[cluster]! += amounts[i]!));
  return sums;
}

/** Each parent's allotment, divided evenly among its children, none getting more than it has. */
function divided(parentOf: Uint32Array, amounts: Float64Array, allotted: Float64Array): Float64Array {
  const children = Array.from(allotted, (): number[] => []);
  parentOf.forEach((parent, child) => children[parent]!.push(child));
  const result = new Float64Array(amounts.length);
  children.forEach((members, parent) => {
    const caps = Float64Array.from(members, (child) => amounts[child]!);
    const shares = waterFill(new Float64Array(members.length).fill(1), caps, allotted[parent]!);
    members.forEach((child, i) => (result[child] = shares[i]!));
  });
  return result;
}
