import {
  CONDITIONS,
  PROBE_KINDS,
  type Condition,
  type ProbeFile,
  type ProbeKind,
  type Run,
} from '../probes/model';
import { tokensBetween, type ScheduleFiles } from '../probes/schedule';
import type { RunSeries, Series } from '../results/series';
import { baseline } from './acquisition';
import type { GroupAnalysis, RunAnalysis, Trajectory } from './analysis';
import { groupEffectivity } from './groupEffectivity';
import { gainSet, groupRetention } from './groupRetention';
import { lastAtMost } from './interpolate';
import { membersOf, type Member } from './members';
import { notesOn } from './notes';
import { nullOf, type Null } from './null';
import { specificity, specificityGain } from './specificity';
import { mean } from './statistics';

export interface AnalysisOptions {
  /** Only this fact's probes; nulls still come from all controls. */
  readonly fact?: string;
  /** Rows of the schedule files that the probe file names. */
  readonly schedules?: ScheduleFiles;
}

/**
 * Everything that is known of a run (DESIGN sections 2 and 6). Deterministic: the same file and scores give the same
 * figures to the last bit.
 * @param file with the facts of included ones
 */
export function analyzeRun(
  file: ProbeFile,
  run: Run,
  series: RunSeries,
  { fact, schedules }: AnalysisOptions = {},
): RunAnalysis {
  const all = membersOf(file, run, series, schedules);
  const members = fact === undefined ? all : all.filter((member) => member.fact.id.value === fact);
  const nulls = new Map(PROBE_KINDS.map((kind) => [kind, nullOf(all, kind, run.window)]));
  const groups = [...CONDITIONS, null].flatMap((condition) =>
    PROBE_KINDS.flatMap((kind) => {
      const group = members.filter((member) => member.condition === condition && member.probe.kind === kind);
      return group.length === 0
        ? []
        : [analyzeGroup(group, { condition, kind, run, series, none: nulls.get(kind)! })];
    }),
  );
  return {
    run: run.id.value,
    group: run.group,
    seed: run.seed ?? null,
    window: run.window,
    steps: series.steps,
    by: 'condition-kind',
    fence: null,
    bootstrap: null,
    coverage: {
      probes: members.length,
      complete: members.filter(({ target }) => hasAll(target, series)).length,
      stale: series.stale,
    },
    groups,
    notes: [...(series.notes ?? []), ...notesOn(run, series, members, nulls, schedules)],
  };
}

function hasAll(target: Series, { steps }: RunSeries): boolean {
  return steps.length > 0 && target.steps.length === steps.length;
}

interface GroupContext {
  readonly condition: Condition | null;
  readonly kind: ProbeKind;
  readonly run: Run;
  readonly series: RunSeries;
  readonly none: Null;
}

function analyzeGroup(members: readonly Member[], context: GroupContext): GroupAnalysis {
  const { condition, kind, run, series, none } = context;
  const { window } = run;
  const { net } = none;
  const isControl = condition === 'control';
  const tokens = (from: number, to: number) => tokensBetween(run, from, to);
  const forgets = !isControl && members.some(({ encounters }) => encounters.length > 0);
  return {
    label: `${condition ?? 'no condition'} · ${kind}`,
    condition,
    kind,
    facts: new Set(members.map(({ fact }) => fact)).size,
    probes: members.length,
    trajectory: meanTrajectory(members, series.steps),
    ...groupEffectivity(members, isControl ? undefined : none, window),
    retention: forgets ? groupRetention(gainSet(members, none.rise, window), tokens) : null,
    netRetention:
      forgets && net !== undefined
        ? groupRetention(
            gainSet(members, net.rise, window, ({ target }) => net.subtract(target)),
            tokens,
          )
        : null,
    outliers: 0,
    interval: null,
    whyNoInterval: null,
    specificity: meanSpecificity(members, series.steps.at(-1)),
  };
}

/** Mean change since the first encounter's baseline; since the first checkpoint where nothing is ever encountered. */
function meanTrajectory(members: readonly Member[], steps: readonly number[]): Trajectory {
  const starts = members.flatMap(({ target, reference }) => {
    const start = reference.length > 0 ? baseline(target, reference, 0)?.value : target.values[0];
    return start === undefined ? [] : [{ target, start }];
  });
  const at = steps.map((step) =>
    starts.flatMap(({ target, start }) => {
      const i = lastAtMost(target.steps, step);
      return target.steps[i] === step ? [target.values[i]! - start] : [];
    }),
  );
  return {
    steps,
    meanDelta: at.map((deltas) => mean(deltas) ?? null),
    n: at.map((deltas) => deltas.length),
    encounters: [...new Set(members.flatMap(({ encounters }) => encounters))].sort((a, b) => a - b),
  };
}

function meanSpecificity(members: readonly Member[], last: number | undefined): number | null {
  const gains = members.flatMap(({ target, foils, reference }) =>
    foils === undefined ? [] : [specificityGain(specificity(target, foils), reference, last)],
  );
  return mean(gains.filter((value) => value !== undefined)) ?? null;
}
