import { gainSet, type GainSet } from '../groupRetention';
import type { Nulls } from '../groupEffectivity';
import type { KernelProbe } from './trajectories';
import type { Member } from '../members';
import { lastAtMost } from '../metrics/interpolate';
import type { NetNull } from '../metrics/null';

/** The probes of a group that rose by more than its null does, as measured. @param window t_w in steps */
export function rawGains(members: readonly Member[], nulls: Nulls, window: number): GainSet {
  return gainSet(members, ({ probe, reference }) => nulls.get(probe.kind)!.rise(reference), window);
}

/**
 * The same after the mean control trajectory has been subtracted.
 * @returns undefined where a kind has no controls that have all steps
 */
export function netGains(members: readonly Member[], nulls: Nulls, window: number): GainSet | undefined {
  const netOf = ({ probe }: Member) => nulls.get(probe.kind)!.net;
  if (members.some((member) => netOf(member) === undefined)) return undefined;
  return gainSet(
    members,
    (member) => netOf(member)!.rise(member.reference),
    window,
    (member) => netOf(member)!.subtract(member.target),
  );
}

/**
 * The probes of such a set, for a kernel: none if none rose, else all. Mean R has to leave out what hardly rose, since it
 * divides by each probe's rise; a kernel is fitted to a mean trajectory. Those whose own peak stands out of the noise are
 * those whose peak the noise has raised: of 20 probes met once (a 0.4, threshold 1,800 steps, rises of 0.5 nats, noise of
 * 0.3 nats) they gave a from 0.12 to 0.20 and thresholds of 25,000 steps and more, none with the truth in its interval.
 * @param netOf of the controls that have been subtracted
 */
export function kernelProbes(
  { all }: GainSet,
  netOf: (member: Member) => NetNull | undefined = () => undefined,
): KernelProbe[] {
  return all.map(({ member, series, baseline: { step } }) => ({
    fact: member.fact,
    series,
    encounters: member.encounters,
    baseline: member.target.values[lastAtMost(member.target.steps, step)]!,
    net: netOf(member),
  }));
}
