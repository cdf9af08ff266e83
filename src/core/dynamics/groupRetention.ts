import type { Series } from '../results/series';
import type { Retention } from './analysis';
import { fitsOf, type Support } from './fits/fits';
import type { Member } from './members';
import {
  gain,
  meanRetention,
  ratiosOf,
  type Gain,
  type MeanRetention,
  type Ratios,
} from './metrics/retention';
import { mean } from './statistics';

/** Smallest denominator of R, nats, below which a ratio is noise (DESIGN section 2, mean R). */
const LEAST_RISE = 0.05;

/** Tokens a run sees from one step to another, where it says. */
export type TokensBetween = (from: number, to: number) => number | undefined;

/** A probe's gain. */
export interface MemberGain extends Gain {
  readonly member: Member;
}

/** The probes whose R is averaged, and how many are not. */
export interface GainSet {
  readonly used: readonly MemberGain[];
  /** Those and what is left out that goes as far, in the members' order. */
  readonly all: readonly MemberGain[];
  readonly leftOut: number;
  readonly incomplete: number;
  readonly threshold: number;
}

/** 95th percentile of the null's denominators with a member's encounters. */
export type NullRise = (member: Member) => number | undefined;

/**
 * The probes that rose by more than noise does. They are followed to one step, the same for all: the one at which most
 * of them end, and of two such steps the later one. Those that end before it are incomplete; a probe scored further than
 * the others stands in for none of them.
 * @param window t_w in steps
 * @param seriesOf the series to measure, such as one without the controls' mean
 */
export function gainSet(
  members: readonly Member[],
  nullRise: NullRise,
  window: number,
  seriesOf: (member: Member) => Series = ({ target }) => target,
): GainSet {
  const rows = members.map((member) => {
    const found = gain(seriesOf(member), member.reference, window);
    return {
      gain: found && { ...found, member },
      threshold: Math.max(LEAST_RISE, nullRise(member) ?? 0),
    };
  });
  const measured = rows.flatMap(({ gain: of, threshold }) => (of === undefined ? [] : [{ of, threshold }]));
  const risen = measured.filter(({ of, threshold }) => of.rise > threshold).map(({ of }) => of);
  const end = mostCommon(risen.map(lastStep));
  const used = risen.filter((of) => end !== undefined && lastStep(of) >= end);
  return {
    used,
    all: measured.map(({ of }) => of).filter((of) => end !== undefined && lastStep(of) >= end),
    leftOut: measured.length - risen.length,
    incomplete: rows.length - measured.length + risen.length - used.length,
    threshold: Math.max(...rows.map(({ threshold }) => threshold)),
  };
}

/** A group's mean R, and what its fits and intervals are made from. */
export interface GroupRetention {
  readonly retention: Retention;
  readonly set: GainSet;
  /** Of the probes in the set. */
  readonly ratios: Ratios;
  /** Undefined where the data support no fit. */
  readonly support: Support | undefined;
}

/** Mean R of a group with its fits, or why there are none (DESIGN section 2). Without intervals. */
export function groupRetention(set: GainSet, tokensBetween: TokensBetween): GroupRetention {
  const { used, leftOut, incomplete, threshold } = set;
  const ratios: Ratios = used.length === 0 ? { lags: [], rows: [] } : ratiosOf(used);
  const curve = meanRetention(used, ratios);
  const why = unsupported(set, curve);
  const support = why === null ? supportOf(curve.lags, used, tokensBetween) : undefined;
  const fits =
    support === undefined
      ? { fit: null, exponential: null, better: null }
      : fitsOf(curve.lags, curve.meanR, support);
  const retention = {
    ...{ ...curve, n: used.length, leftOut, incomplete, threshold },
    ...{ ...fits, why, interval: null },
  };
  return { retention, set, ratios, support };
}

/** Why the data do not support a fit, one sentence; null where they do. */
function unsupported({ used, leftOut, threshold }: GainSet, { lags, meanR }: MeanRetention): string | null {
  if (used.length === 0) {
    return leftOut === 0
      ? 'No probe has a checkpoint both before the first encounter and in the window after the last one.'
      : `Nothing was acquired: no probe rose by more than ${threshold.toFixed(2)} nats from its first baseline to its last peak.`;
  }
  const longest = Math.min(...used.map(({ longestLag }) => longestLag));
  if (longest < TENFOLD)
    return `Too short: the last checkpoint is ${longest} steps after the peak, a fit needs ${TENFOLD}.`;
  const after = Math.min(...used.map(({ checkpointsAfter }) => checkpointsAfter));
  if (after < 3) return `Too few points: ${after} checkpoints follow the peak, a fit needs 3.`;
  const first = firstMeasured(used);
  if (longest < TENFOLD * first)
    return `Too sparse: R is measured from ${first} to ${longest} steps after the peak, a fit needs a tenfold of steps.`;
  if (meanR.every((r) => r <= 0))
    return `R is below zero from ${lags[0]} step after the peak on: all was lost before.`;
  const fitted = meanR.slice(fittedFrom(lags, used));
  if (fitted.every((r) => r === fitted[0])) return 'R does not change at all.';
  return null;
}

/** Least ratio of the last to the first lag of a fit: what it states is the share lost per tenfold. */
const TENFOLD = 10;

/**
 * The lag, at least 1, by which half of the probes have had a checkpoint after their peak. Before it R is a line drawn
 * from the peak, where it is 1 by definition, to a first measurement: no data to fit. With a checkpoint at every step
 * it is 1, as in the paper; with one in 100 steps, a fit from 1 on would take two decades of such a line for forgetting.
 */
function firstMeasured(used: readonly Gain[]): number {
  const lags = used.map(({ firstLag }) => firstLag).sort((a, b) => a - b);
  return Math.max(1, lags[Math.ceil(lags.length / 2) - 1]!);
}

/** Index of the first lag that the fit uses. */
function fittedFrom(lags: readonly number[], used: readonly Gain[]): number {
  const first = firstMeasured(used);
  return lags.findIndex((lag) => lag >= first);
}

function supportOf(lags: readonly number[], used: readonly Gain[], tokensBetween: TokensBetween): Support {
  const peak = mean(used.map((each) => each.peak.step))!;
  return {
    from: fittedFrom(lags, used),
    checkpoints: Math.min(...used.map(({ checkpointsAfter }) => checkpointsAfter)),
    tokens: (lag) => tokensBetween(peak, peak + lag),
  };
}

/** Of values that are equally common the greatest; undefined of nothing. */
function mostCommon(values: readonly number[]): number | undefined {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([a, n], [b, m]) => m - n || b - a)[0]?.[0];
}

function lastStep({ peak, longestLag }: Gain): number {
  return peak.step + longestLag;
}
