import type {
  EncounterEffectivity,
  EncounterInterval,
  GroupFigures,
  GroupInterval,
  Retention,
  RetentionInterval,
} from '../analysis';
import { percentileInterval, type Interval } from './bootstrap';
import type { Figures } from './figures';
import { horizonOf, leastSquares } from '../fits/fit';
import { decidedFits, type Support } from '../fits/fits';

/** A group's figures in each resample, and which of them its facts and controls are enough for. */
export interface Resampled {
  readonly figures: readonly Figures[];
  readonly enough: Enough;
}

export interface Enough {
  readonly effectivity: boolean;
  readonly controls: boolean;
  readonly specificity: boolean;
  readonly retention: boolean;
  readonly net: boolean;
}

/** The interval of one column. */
function intervalOf(figures: readonly Figures[], name: keyof Figures, column: number): Interval | null {
  const values = new Float64Array(figures.length);
  for (let i = 0; i < values.length; i++) values[i] = figures[i]![name][column]!;
  return percentileInterval(values);
}

/** None where the group's own figure is missing, though a resample that left out what it lacks may have it. */
function groupInterval({ figures, enough }: Resampled, of: GroupFigures): GroupInterval {
  const own = enough.effectivity;
  const net = own && enough.controls;
  return {
    meanEffectivity: own && of.meanEffectivity !== null ? intervalOf(figures, 'overall', 0) : null,
    meanNull: net && of.meanNull !== null ? intervalOf(figures, 'overall', 1) : null,
    meanNet: net && of.meanNet !== null ? intervalOf(figures, 'overall', 2) : null,
    specificity: enough.specificity && of.specificity !== null ? intervalOf(figures, 'specificity', 0) : null,
  };
}

/** As {@link groupInterval}. @param i zero-based number of the encounter */
function encounterInterval(
  { figures, enough }: Resampled,
  of: EncounterEffectivity,
  i: number,
): EncounterInterval | null {
  if (!enough.effectivity) return null;
  return {
    mean: of.mean === null ? null : intervalOf(figures, 'mean', i),
    null: enough.controls && of.null !== null ? intervalOf(figures, 'null', i) : null,
    net: enough.controls && of.net !== null ? intervalOf(figures, 'net', i) : null,
  };
}

/**
 * @param name R as it is, or net of the controls
 * @param support undefined where the data support no fit
 */
export function retentionInterval(
  { figures, enough }: Resampled,
  name: 'meanR' | 'netMeanR',
  lags: readonly number[],
  support: Support | undefined,
): RetentionInterval | null {
  if (!enough[name === 'meanR' ? 'retention' : 'net']) return null;
  const meanR = lags.map((_, lag) => intervalOf(figures, name, lag));
  if (support === undefined) return { meanR, a: null, horizon: null, horizonTokens: null };
  const x = Float64Array.from(lags.slice(support.from), Math.log10);
  const lines = figures.map((each) => leastSquares(x, each[name].subarray(support.from, lags.length)));
  const horizon = percentileInterval(
    // No line at all is not a line that does not fall.
    lines.map(({ slope, intercept }) => (Number.isNaN(slope) ? NaN : horizonOf({ a: -slope, b: intercept }))),
  );
  return {
    meanR,
    a: percentileInterval(lines.map(({ slope }) => -slope)),
    horizon,
    horizonTokens: inTokens(horizon, support),
  };
}

/** Tokens grow with steps, so that the bounds are those of the steps. */
function inTokens(horizon: Interval | null, { tokens }: Support): Interval | null {
  if (horizon === null) return null;
  const known = tokens(1) !== undefined;
  const bound = (step: number | null) => (step === null ? null : (tokens(step) ?? null));
  return known ? { low: bound(horizon.low), high: bound(horizon.high) } : null;
}

/** A curve with its interval, which decides whether it falls. */
function withInterval(
  curve: Retention,
  resampled: Resampled,
  name: 'meanR' | 'netMeanR',
  support: Support | undefined,
): Retention {
  const interval = retentionInterval(resampled, name, curve.lags, support);
  const fits = support === undefined ? curve : decidedFits(curve, support, interval?.a ?? null);
  return { ...fits, interval };
}

/** The group with intervals beside its figures. @param supports of its two curves */
export function withIntervals<Group extends GroupFigures>(
  group: Group,
  resampled: Resampled,
  supports: Supports,
): Group {
  const { effectivity, retention, netRetention } = group;
  return {
    ...group,
    interval: groupInterval(resampled, group),
    effectivity: effectivity.map((one, i) => ({ ...one, interval: encounterInterval(resampled, one, i) })),
    retention: retention && withInterval(retention, resampled, 'meanR', supports.retention),
    netRetention: netRetention && withInterval(netRetention, resampled, 'netMeanR', supports.net),
  };
}

export interface Supports {
  readonly retention: Support | undefined;
  readonly net: Support | undefined;
}
