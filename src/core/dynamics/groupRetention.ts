import type { Series } from '../results/series';
import type { LogarithmicFit, Retention } from './analysis';
import { logarithmicFit } from './fit';
import type { Member } from './members';
import type { Null } from './null';
import { gain, meanRetention, type Gain, type MeanRetention } from './retention';
import { mean } from './statistics';

/** Smallest denominator of R, nats, below which a ratio is noise (DESIGN section 2, mean R). */
const LEAST_RISE = 0.05;

/** Tokens a run sees from one step to another, where it says. */
export type TokensBetween = (from: number, to: number) => number | undefined;

/** The probes whose R is averaged, and how many are not. */
export interface GainSet {
  readonly used: readonly Gain[];
  readonly leftOut: number;
  readonly incomplete: number;
  readonly threshold: number;
}

/** @param none the group's null; @param seriesOf the series to measure, such as one without the controls' mean */
export function gainSet(
  members: readonly Member[],
  none: Null,
  window: number,
  seriesOf: (member: Member) => Series | undefined = ({ target }) => target,
): GainSet {
  const rows = members.map((member) => {
    const series = seriesOf(member);
    return {
      gain: series && gain(series, member.reference, window),
      threshold: Math.max(LEAST_RISE, none.rise(member.reference) ?? 0),
    };
  });
  const measured = rows.flatMap(({ gain: of, threshold }) => (of === undefined ? [] : [{ of, threshold }]));
  const risen = measured.filter(({ of, threshold }) => of.rise > threshold).map(({ of }) => of);
  const end = Math.max(...risen.map(lastStep));
  const used = risen.filter((of) => lastStep(of) === end);
  return {
    used,
    leftOut: measured.length - risen.length,
    incomplete: rows.length - measured.length + risen.length - used.length,
    threshold: Math.max(...rows.map(({ threshold }) => threshold)),
  };
}

/** Mean R of a group with its fit, or why there is none (DESIGN section 2). */
export function groupRetention(set: GainSet, tokensBetween: TokensBetween): Retention {
  const curve: MeanRetention =
    set.used.length === 0 ? { lags: [], meanR: [], ratioOfMeans: [] } : meanRetention(set.used);
  const why = unsupported(set, curve);
  return {
    ...curve,
    n: set.used.length,
    leftOut: set.leftOut,
    incomplete: set.incomplete,
    threshold: set.threshold,
    fit: why === null ? fitWithTokens(curve, set.used, tokensBetween) : null,
    why,
  };
}

/** Why the data do not support a fit, one sentence; null where they do. */
function unsupported({ used, leftOut, threshold }: GainSet, { lags, meanR }: MeanRetention): string | null {
  if (used.length === 0) {
    return leftOut === 0
      ? 'No probe has a checkpoint both before the first encounter and in the window after the last one.'
      : `Nothing was acquired: no probe rose by more than ${threshold.toFixed(2)} nats from its first baseline to its last peak.`;
  }
  const longest = Math.min(...used.map(({ longestLag }) => longestLag));
  if (longest < 10)
    return `Too short: the last checkpoint is ${longest} steps after the peak, a fit needs 10.`;
  const after = Math.min(...used.map(({ checkpointsAfter }) => checkpointsAfter));
  if (after < 3) return `Too few points: ${after} checkpoints follow the peak, a fit needs 3.`;
  if (meanR.every((r) => r <= 0))
    return `R is below zero from ${lags[0]} step after the peak on: all was lost before.`;
  if (meanR.every((r) => r === meanR[0])) return 'R does not change at all.';
  return null;
}

function fitWithTokens(
  { lags, meanR }: MeanRetention,
  used: readonly Gain[],
  tokensBetween: TokensBetween,
): LogarithmicFit {
  const fit = logarithmicFit(lags, meanR);
  const peak = mean(used.map((each) => each.peak.step))!;
  const tokens = fit.horizon === null ? undefined : tokensBetween(peak, peak + fit.horizon);
  return { ...fit, horizonTokens: tokens ?? null };
}

function lastStep({ peak, longestLag }: Gain): number {
  return peak.step + longestLag;
}
