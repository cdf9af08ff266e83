import type { NetNull } from '../metrics/null';
import { columnMeans, type Totals, type Weights } from './totals';

/** What a sample of the control facts gives, computed once for all groups that are compared with it. */
export interface ControlSample {
  /** Means of a null's totals. */
  readonly means: (none: Totals) => Float64Array;
  /** By how much the mean control trajectory differs from that of all controls, at the null's steps. */
  readonly shift: (net: NetNull) => Float64Array;
}

/** @param weights of the run's control facts; undefined: each once */
export function controlSample(weights: Weights): ControlSample {
  return {
    means: once((none: Totals) => columnMeans(none, weights)),
    shift: once((net: NetNull) => columnMeans(net.apart, weights)),
  };
}

/** A function that is called once for each key. */
export function once<K, V>(measure: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    if (!known.has(key)) known.set(key, measure(key));
    return known.get(key)!;
  };
}
