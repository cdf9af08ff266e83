import type { ProbeKind, Run } from '../probes/model';
import { burstOf, restOfBursts, type ScheduleFiles } from '../probes/schedule';
import type { RunSeries } from '../results/series';
import { baseline } from './metrics/acquisition';
import type { Member } from './members';
import type { Null } from './metrics/null';

/** What a reader of the figures has to know, a sentence each. */
export function notesOn(
  run: Run,
  series: RunSeries,
  members: readonly Member[],
  nulls: ReadonlyMap<ProbeKind, Null>,
  schedules?: ScheduleFiles,
): string[] {
  const scored = members.filter(({ target }) => target.steps.length > 0);
  const met = scored.filter(({ encounters }) => encounters.length > 0);
  const notes = [...(series.notes ?? [])];
  if (scored.length < members.length) {
    notes.push(
      `${members.length - scored.length} of ${members.length} probes have no score of their present text.`,
    );
  }
  if (scored.length > 0 && scored.every(({ reference }) => reference.length === 0)) {
    notes.push(
      `Nothing says when the facts are injected in ${run.id.value}: changes are counted from its first checkpoint, acquisition and forgetting are not measured.`,
    );
  }
  const without = met.filter(({ target, encounters }) => baseline(target, encounters, 0) === undefined);
  if (without.length > 0) {
    notes.push(
      `${without.length} probes have no checkpoint at or before their first encounter (the first is at step ${series.steps[0]}): without a baseline their change is not known.`,
    );
  }
  const merged = [...new Set(met.map(({ fact }) => fact))].filter(
    (fact) => restOfBursts(fact, run, schedules) > 0,
  );
  if (merged.length > 0) {
    notes.push(
      `${merged.length === 1 ? 'One fact is' : `${merged.length} facts are`} injected in bursts: what follows within ${burstOf(run)} steps (a tenth of the window) is counted as one encounter at its first step.`,
    );
  }
  const uncalibrated = [...new Set(met.map(({ probe }) => probe.kind))].filter(
    (kind) => nulls.get(kind)?.probes === 0,
  );
  if (uncalibrated.length > 0) {
    notes.push(
      `Effectivity is not calibrated for ${uncalibrated.join(', ')}: the run has no control facts, and the maximum of a noisy window is above zero for facts never seen.`,
    );
  }
  const unsettled = [...new Set(met.map(({ probe }) => probe.kind))].filter((kind) => {
    const none = nulls.get(kind);
    return none !== undefined && none.probes > 0 && none.net === undefined;
  });
  if (unsettled.length > 0) {
    notes.push(
      `R net of controls is missing for ${unsettled.join(', ')}: no control probe has a score at every step of the controls.`,
    );
  }
  return notes;
}
