import type { Fact } from '../../probes/model';
import type { ControlSample } from './controls';
import { effectivityFigures, type EffectivitySample } from '../groupEffectivity';
import type { GroupRetention } from '../groupRetention';
import { netMeans, type NetCurve } from './netCurve';
import { addTo, columnMeans, createTotals, type Totals, type Weights } from './totals';

/** What a group's figures are computed from, fact by fact. Units of all totals are the group's facts. */
export interface GroupSample {
  readonly facts: number;
  readonly effectivity: EffectivitySample;
  /** S(last step) − S(t_1), one column. */
  readonly specificity: Totals;
  /** R by lag. */
  readonly retention: Totals;
  readonly net: NetCurve;
}

/** A group's means in one sample of facts and controls; NaN where there is none. */
export interface Figures {
  /** Over all encounters: E, null, net. */
  readonly overall: Float64Array;
  /** E, null and net by encounter. */
  readonly mean: Float64Array;
  readonly null: Float64Array;
  readonly net: Float64Array;
  /** One figure. */
  readonly specificity: Float64Array;
  /** By lag; empty without retention. */
  readonly meanR: Float64Array;
  readonly netMeanR: Float64Array;
}

export const FIGURES = ['overall', 'mean', 'null', 'net', 'specificity', 'meanR', 'netMeanR'] as const;

/** @param weights of the group's facts; @param controls of the run */
export function figuresOf(sample: GroupSample, weights: Weights, controls: ControlSample): Figures {
  const { overall, mean, null: none, net } = effectivityFigures(sample.effectivity, weights, controls);
  // Name by name: with a spread V8 would make each of thousands a hidden class of its own, and slow to read.
  return {
    overall,
    mean,
    null: none,
    net,
    specificity: columnMeans(sample.specificity, weights),
    meanR: columnMeans(sample.retention, weights),
    netMeanR: netMeans(sample.net, weights, controls),
  };
}

/** R by fact and lag. @param units numbers of the members' facts */
export function ratioTotals({ set, ratios }: GroupRetention, units: ReadonlyMap<Fact, number>): Totals {
  const totals = createTotals(units.size, ratios.lags.length);
  for (const [at, row] of ratios.rows.entries()) {
    const unit = units.get(set.used[at]!.member.fact)!;
    for (const [lag, r] of row.entries()) addTo(totals, unit, lag, r);
  }
  return totals;
}
