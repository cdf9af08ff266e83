import type { EncounterEffectivity } from './analysis';
import { effectivity, fixedLagEffectivity, localAcquisitionMaximum } from './acquisition';
import type { Member } from './members';
import type { Null } from './null';
import { mean } from './statistics';

export interface GroupEffectivity {
  readonly effectivity: readonly EncounterEffectivity[];
  readonly meanEffectivity: number | null;
  readonly meanNull: number | null;
  readonly meanNet: number | null;
}

/**
 * Effectivity of a group, encounter by encounter and over all (DESIGN section 2). Net effectivity is the difference of
 * the means, unclipped.
 * @param members of one kind and condition
 * @param none their null, or undefined where they are the controls themselves
 * @param window t_w in steps
 */
export function groupEffectivity(
  members: readonly Member[],
  none: Null | undefined,
  window: number,
): GroupEffectivity {
  const encounters = Math.max(0, ...members.map(({ reference }) => reference.length));
  const each = Array.from({ length: encounters }, (_, i) => atEncounter(members, i, none, window));
  const measured = each.filter(({ n }) => n > 0);
  const calibrated = measured.filter(({ net }) => net !== null);
  return {
    effectivity: each,
    meanEffectivity: weighted(measured, ({ mean }) => mean!),
    meanNull: weighted(calibrated, (one) => one.null!),
    meanNet: weighted(calibrated, ({ net }) => net!),
  };
}

function atEncounter(
  all: readonly Member[],
  i: number,
  none: Null | undefined,
  window: number,
): EncounterEffectivity {
  const members = all.filter(({ reference }) => reference.length > i);
  const compared = (
    measure: (member: Member) => number | undefined,
    nullOf: (member: Member) => number | undefined,
  ) => {
    const measured = members.filter((member) => measure(member) !== undefined);
    return {
      n: measured.length,
      own: mean(measured.map((member) => measure(member)!)) ?? null,
      // Of the same probes: where schedules differ, so do their nulls.
      ofNull: mean(measured.map(nullOf).filter((value) => value !== undefined)) ?? null,
    };
  };
  const { n, own, ofNull } = compared(
    ({ target, reference }) => effectivity(target, reference, i, window),
    ({ reference }) => none?.effectivity(reference, i),
  );
  const fixed = compared(
    ({ target, reference }) => fixedLagEffectivity(target, reference, i, window),
    ({ reference }) => none?.fixedLag(reference, i),
  );
  return {
    encounter: i + 1,
    step: Math.min(...members.map(({ reference }) => reference[i]!)),
    mean: own,
    null: ofNull,
    net: own === null || ofNull === null ? null : own - ofNull,
    fixedLag: fixed.own,
    fixedLagNull: fixed.ofNull,
    n,
    checkpointsInWindow: mean(
      members.map(
        ({ target, reference }) => localAcquisitionMaximum(target, reference, i, window)?.checkpoints ?? 0,
      ),
    )!,
    interval: null,
  };
}

/** Mean over probes and encounters: each encounter counts as often as probes were measured. */
function weighted(
  each: readonly EncounterEffectivity[],
  value: (one: EncounterEffectivity) => number,
): number | null {
  const total = each.reduce((sum, { n }) => sum + n, 0);
  return total === 0 ? null : each.reduce((sum, one) => sum + value(one) * one.n, 0) / total;
}
