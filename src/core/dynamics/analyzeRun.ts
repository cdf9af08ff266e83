import { PROBE_KINDS, type ProbeFile, type Run } from '../probes/model';
import type { ScheduleFiles } from '../probes/schedule';
import type { RunSeries, Series } from '../results/series';
import type { RunAnalysis } from './analysis';
import { analyzeGroup, type AnalyzedGroup } from './analyzeGroup';
import type { BootstrapOptions } from './bootstrap/bootstrap';
import { groupsOf, type Grouping } from './grouping';
import { withIntervals, type Resampled } from './bootstrap/intervals';
import { runKernel } from './kernel/group';
import { factUnits, membersOf } from './members';
import { notesOn } from './notes';
import { nullOf } from './metrics/null';
import { bootstrapOf } from './bootstrap/resample';

/** How a run is analysed. */
export interface AnalysisOptions {
  /** What probes are averaged by; by condition and kind when not given. */
  readonly by?: Grouping;
  /**
   * Effectivities further than so many interquartile ranges outside the quartiles of their group (all probes and
   * encounters together) are left out of its means, and likewise of its null; none when not given or null. Never applied
   * to mean R, whose probes are the same at every lag.
   */
  readonly fence?: number | null;
  /** How intervals are drawn; without intervals when not given or null. */
  readonly bootstrap?: BootstrapOptions | null;
}

export interface RunOptions extends AnalysisOptions {
  /** Only this fact's probes; nulls still come from all controls. */
  readonly fact?: string;
  /** Rows of the schedule files that the probe file names. */
  readonly schedules?: ScheduleFiles;
}

/** What a recipe takes of a run: nothing that holds its scores, which of many runs would not fit into memory together. */
export interface RecipeRun {
  readonly analysis: RunAnalysis;
  readonly groups: readonly RecipeSource[];
}

/** The same of a group. */
export type RecipeSource = Pick<ResampledGroup, 'analysis' | 'facts' | 'figures' | 'supports' | 'resampled'>;

/** What a recipe takes of a run, and nothing else of it. */
export function forRecipe({ analysis, groups }: AnalyzedRun): RecipeRun {
  return {
    analysis,
    groups: groups.map(({ analysis: of, facts, figures, supports, resampled }) => ({
      analysis: of,
      facts,
      figures,
      supports,
      resampled,
    })),
  };
}

/** A run's analysis, with what those of its recipe are drawn from. */
export interface AnalyzedRun {
  readonly analysis: RunAnalysis;
  readonly groups: readonly ResampledGroup[];
}

export interface ResampledGroup extends AnalyzedGroup {
  /** Undefined where none were asked for, or there are too few facts. */
  readonly resampled: Resampled | undefined;
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
  options: RunOptions = {},
): RunAnalysis {
  return analyzeInDetail(file, run, series, options).analysis;
}

/** {@link analyzeRun} for those who take several runs together. */
export function analyzeInDetail(
  file: ProbeFile,
  run: Run,
  series: RunSeries,
  { fact, schedules, by = 'condition-kind', fence = null, bootstrap = null }: RunOptions = {},
): AnalyzedRun {
  const all = membersOf(file, run, series, schedules);
  const members = fact === undefined ? all : all.filter((member) => member.fact.id.value === fact);
  const nulls = new Map(PROBE_KINDS.map((kind) => [kind, nullOf(all, kind, run.window, fence)]));
  const context = { run, series, nulls, fence };
  const analyzed = groupsOf(members, by).map((group) => analyzeGroup(group, context));
  const drawn = bootstrap !== null && bootstrap.resamples > 0 ? bootstrap : null;
  const controls = [...factUnits(all.filter(({ condition }) => condition === 'control')).keys()];
  const bootstrapped = drawn && bootstrapOf(analyzed, controls, file.facts, drawn);
  const groups = analyzed.map((group, i): ResampledGroup => {
    const { resampled, why } = bootstrapped?.[i] ?? { resampled: undefined, why: null };
    const kernel =
      group.forKernel === undefined
        ? null
        : runKernel(group.forKernel, run, drawn && { ...drawn, controls: controls.length });
    const analysis = { ...group.analysis, kernel, whyNoInterval: why };
    return {
      ...group,
      resampled,
      analysis: resampled === undefined ? analysis : withIntervals(analysis, resampled, group.supports),
    };
  });
  return {
    analysis: {
      run: run.id.value,
      group: run.group,
      seed: run.seed ?? null,
      window: run.window,
      steps: series.steps,
      coverage: {
        probes: members.length,
        complete: members.filter(({ target }) => hasAll(target, series)).length,
        stale: series.stale,
      },
      by,
      fence,
      bootstrap: drawn,
      groups: groups.map(({ analysis }) => analysis),
      notes: notesOn(run, series, members, nulls, schedules),
    },
    groups,
  };
}

function hasAll(target: Series, { steps }: RunSeries): boolean {
  return steps.length > 0 && target.steps.length === steps.length;
}
