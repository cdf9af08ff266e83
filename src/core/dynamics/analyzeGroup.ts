import type { Fact, Run } from '../probes/model';
import { tokensBetween } from '../probes/schedule';
import type { RunSeries } from '../results/series';
import type { GroupAnalysis } from './analysis';
import { controlSample } from './bootstrap/controls';
import { figuresOf, ratioTotals, type Figures, type GroupSample } from './bootstrap/figures';
import { effectivitySample, encounterFacts, type Nulls } from './groupEffectivity';
import { groupRetention, type GroupRetention, type MemberGain } from './groupRetention';
import type { Group } from './grouping';
import type { Supports } from './bootstrap/intervals';
import { kernelProbes, netGains, rawGains } from './kernel/probes';
import type { KernelProbe } from './kernel/trajectories';
import { factUnits, type Member } from './members';
import { netCurve } from './bootstrap/netCurve';
import type { NetNull } from './metrics/null';
import { specificity, specificityGain } from './metrics/specificity';
import { addTo, createTotals, type Totals } from './bootstrap/totals';
import { meanTrajectory } from './metrics/trajectory';

/** A group's figures, and what its intervals and its kernel come from. */
export interface AnalyzedGroup {
  /** Without intervals and kernel. */
  readonly analysis: GroupAnalysis;
  /** In the order of the sample's units. */
  readonly facts: readonly Fact[];
  readonly sample: GroupSample;
  /** Of all its facts, each once. */
  readonly figures: Figures;
  readonly supports: Supports;
  /** What the kernel is fitted to; undefined for controls and where nothing says when the facts are encountered. */
  readonly forKernel: readonly KernelProbe[] | undefined;
}

export interface GroupContext {
  readonly run: Run;
  readonly series: RunSeries;
  readonly nulls: Nulls;
  readonly fence: number | null;
}

/** All figures of a group (DESIGN sections 2 and 6), without intervals. */
export function analyzeGroup(
  { label, condition, kind, members }: Group,
  context: GroupContext,
): AnalyzedGroup {
  const { run, series, fence } = context;
  const { window } = run;
  const nulls = condition === 'control' ? undefined : context.nulls;
  const units = factUnits(members);
  const effectivity = effectivitySample(members, units, nulls, window, fence);
  const curve = retentionOf(members, nulls, run);
  const net = netRetentionOf(members, nulls, run);
  const sample: GroupSample = {
    facts: units.size,
    effectivity,
    specificity: specificityTotals(members, units, series.steps.at(-1)),
    retention: curve === undefined ? createTotals(units.size, 0) : ratioTotals(curve, units),
    net: net === undefined ? { lags: 0, probes: [] } : netCurve(net, units, netNullIn(nulls!)),
  };
  const figures = figuresOf(sample, undefined, controlSample(undefined));
  return {
    analysis: {
      ...{ label, condition, kind, facts: units.size, probes: members.length },
      trajectory: meanTrajectory(members, series.steps),
      effectivity: encounterFacts(members, effectivity, nulls, window).map((one, i) => ({
        ...one,
        mean: known(figures.mean[i]),
        null: known(figures.null[i]),
        net: known(figures.net[i]),
        interval: null,
      })),
      outliers: effectivity.outliers,
      meanEffectivity: known(figures.overall[0]),
      meanNull: known(figures.overall[1]),
      meanNet: known(figures.overall[2]),
      retention: curve?.retention ?? null,
      netRetention: net?.retention ?? null,
      kernel: null,
      specificity: known(figures.specificity[0]),
      interval: null,
      whyNoInterval: null,
    },
    facts: [...units.keys()],
    sample,
    figures,
    supports: { retention: curve?.support, net: net?.support },
    forKernel:
      net === undefined
        ? curve && kernelProbes(curve.set)
        : kernelProbes(net.set, ({ probe }) => nulls!.get(probe.kind)!.net),
  };
}

/** A figure as it is told: null where it is missing. */
export function known(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}

/** @returns undefined for controls and where nothing says when the facts are encountered */
function retentionOf(
  members: readonly Member[],
  nulls: Nulls | undefined,
  run: Run,
): GroupRetention | undefined {
  if (nulls === undefined || members.every(({ encounters }) => encounters.length === 0)) return undefined;
  return groupRetention(rawGains(members, nulls, run.window), tokensIn(run));
}

/** @returns undefined also where a kind has no controls that have all steps */
function netRetentionOf(
  members: readonly Member[],
  nulls: Nulls | undefined,
  run: Run,
): GroupRetention | undefined {
  if (nulls === undefined || members.every(({ encounters }) => encounters.length === 0)) return undefined;
  const set = netGains(members, nulls, run.window);
  return set && groupRetention(set, tokensIn(run));
}

function netNullIn(nulls: Nulls): (gain: MemberGain) => NetNull {
  return ({ member }) => nulls.get(member.probe.kind)!.net!;
}

function tokensIn(run: Run): (from: number, to: number) => number | undefined {
  return (from, to) => tokensBetween(run, from, to);
}

function specificityTotals(
  members: readonly Member[],
  units: ReadonlyMap<Fact, number>,
  last: number | undefined,
): Totals {
  const totals = createTotals(units.size, 1);
  for (const { fact, target, foils, reference } of members) {
    const change = foils && specificityGain(specificity(target, foils), reference, last);
    if (change !== undefined) addTo(totals, units.get(fact)!, 0, change);
  }
  return totals;
}
