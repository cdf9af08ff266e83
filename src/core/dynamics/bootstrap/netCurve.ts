import type { Fact } from '../../probes/model';
import { once, type ControlSample } from './controls';
import type { GroupRetention, MemberGain } from '../groupRetention';
import { lastAtMost } from '../metrics/interpolate';
import type { NetNull } from '../metrics/null';
import type { Weights } from './totals';

/**
 * Mean R net of the controls for any sample of facts and controls. Another sample of controls has another mean
 * trajectory; by what it differs from the usual one, each probe's net trajectory changes. Probes and their peaks are held.
 */
export interface NetCurve {
  readonly lags: number;
  /** One for each probe. */
  readonly probes: readonly NetProbe[];
}

interface NetProbe {
  readonly unit: number;
  readonly rise: number;
  /** ℓ at the lags − ℓ_1, net of all controls. */
  readonly kept: Float64Array;
  /** Of its kind. */
  readonly net: NetNull;
  /** Index of ℓ_1's step among the controls'. */
  readonly baseline: number;
  readonly after: After;
}

/**
 * Where a peak and the lags after it lie between the controls' steps: shared by probes of one kind with the same peak and
 * steps.
 */
interface After {
  readonly peak: number;
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** Of the way from left to right. */
  readonly share: Float64Array;
}

/**
 * @param units numbers of the members' facts
 * @param netOf the null of a member's kind
 */
export function netCurve(
  { set, ratios }: GroupRetention,
  units: ReadonlyMap<Fact, number>,
  netOf: (gain: MemberGain) => NetNull,
): NetCurve {
  const ofNet = once((_: NetNull) => once((_: readonly number[]) => new Map<number, After>()));
  const afterOf = (gain: MemberGain, net: NetNull) => {
    const byPeak = ofNet(net)(gain.series.steps);
    const after = byPeak.get(gain.peak.step) ?? between(gain, ratios.lags, net.steps);
    byPeak.set(gain.peak.step, after);
    return after;
  };
  return {
    lags: ratios.lags.length,
    probes: set.used.map((gain, i) => {
      const net = netOf(gain);
      return {
        unit: units.get(gain.member.fact)!,
        rise: gain.rise,
        kept: ratios.rows[i]!.map((r) => r * gain.rise),
        net,
        baseline: lastAtMost(net.steps, gain.baseline.step),
        after: afterOf(gain, net),
      };
    }),
  };
}

function between(
  { series: { steps }, peak }: MemberGain,
  lags: readonly number[],
  controls: readonly number[],
): After {
  const [left, right] = [new Int32Array(lags.length), new Int32Array(lags.length)];
  const share = new Float64Array(lags.length);
  for (const [i, lag] of lags.entries()) {
    const at = lastAtMost(steps, peak.step + lag);
    const start = steps[at]!;
    const end = steps[at + 1] ?? start;
    left[i] = lastAtMost(controls, start);
    right[i] = lastAtMost(controls, end);
    const from = Math.log1p(start - peak.step);
    share[i] = end === start ? 0 : (Math.log1p(lag) - from) / (Math.log1p(end - peak.step) - from);
  }
  return { peak: lastAtMost(controls, peak.step), left, right, share };
}

/** Mean R at each lag, net of a sample of the controls. @param weights of the group's facts */
export function netMeans(
  { lags, probes }: NetCurve,
  weights: Weights,
  { shift }: ControlSample,
): Float64Array {
  const sum = new Float64Array(lags);
  const shifts = new Map<After, Float64Array>();
  let n = 0;
  for (const { unit, rise, kept, net, baseline, after } of probes) {
    const weight = weights === undefined ? 1 : weights[unit]!;
    if (weight === 0) continue;
    const moved = shift(net);
    let atLags = shifts.get(after);
    if (atLags === undefined) shifts.set(after, (atLags = interpolated(moved, after)));
    const before = moved[baseline]!;
    const factor = weight / (rise - moved[after.peak]! + before);
    for (let i = 0; i < lags; i++) sum[i]! += (kept[i]! - atLags[i]! + before) * factor;
    n += weight;
  }
  return sum.map((each) => each / n);
}

function interpolated(values: Float64Array, { left, right, share }: After): Float64Array {
  return share.map((part, i) => {
    const start = values[left[i]!]!;
    return start + (values[right[i]!]! - start) * part;
  });
}
