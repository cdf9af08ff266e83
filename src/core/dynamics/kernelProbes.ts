import { gainSet, type GainSet } from './groupRetention';
import type { Nulls } from './groupEffectivity';
import type { KernelProbe } from './kernelTrajectories';
import type { Member } from './members';
import type { NetNull } from './null';

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

/** The probes of such a set, for a kernel. @param netOf of the controls that have been subtracted */
export function kernelProbes(
  { used }: GainSet,
  netOf: (member: Member) => NetNull | undefined = () => undefined,
): KernelProbe[] {
  return used.map(({ member, series }) => ({
    fact: member.fact,
    series,
    encounters: member.encounters,
    net: netOf(member),
  }));
}
