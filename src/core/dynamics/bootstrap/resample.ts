import type { Fact } from '../../probes/model';
import type { AnalyzedGroup } from '../analyzeGroup';
import { FEWEST_FACTS, resampledSets, type BootstrapOptions } from './bootstrap';
import { controlSample } from './controls';
import { figuresOf, type GroupSample } from './figures';
import type { Enough, Resampled } from './intervals';
import { unitsIn } from './totals';

/** What the bootstrap gives for a group: its figures in each resample, or why there are none. */
export interface Bootstrapped {
  /** Undefined where no figure has facts enough. */
  readonly resampled: Resampled | undefined;
  readonly why: string | null;
}

/**
 * The bootstrap over facts of all groups of a run: the probes of a fact go together, wherever they stand, and the run's
 * control facts are drawn as well.
 * @param controls control facts of the run, in the order of the nulls' units
 * @param all facts of the file: runs of the same file have the same facts in their i-th resample
 */
export function bootstrapOf(
  groups: readonly AnalyzedGroup[],
  controls: readonly Fact[],
  all: readonly Fact[],
  options: BootstrapOptions,
): Bootstrapped[] {
  const enough = groups.map(({ sample }) => enoughOf(sample));
  // Controls alone give a group no interval: its own facts have to be enough for one of its figures.
  const any = enough.map(({ controls: _, ...own }) => Object.values(own).some(Boolean));
  const numbers = new Map(all.map((fact, number) => [fact, number]));
  const numbersOf = (facts: readonly Fact[]) => facts.map((fact) => numbers.get(fact)!);
  const sets = [...groups.map(({ facts }, at) => (any[at]! ? numbersOf(facts) : [])), numbersOf(controls)];
  const figures = groups.map(() => new Array<Resampled['figures'][number]>());
  if (any.some(Boolean))
    for (const weights of resampledSets(sets, all.length, options)) {
      const drawn = controlSample(weights.at(-1));
      for (const [at, { sample }] of groups.entries())
        if (any[at]!) figures[at]!.push(figuresOf(sample, weights[at], drawn));
    }
  return groups.map(({ sample }, at) => ({
    resampled: any[at]! ? { figures: figures[at]!, enough: enough[at]! } : undefined,
    why: whyNot(sample, enough[at]!),
  }));
}

function enoughOf({ effectivity, specificity, retention, net }: GroupSample): Enough {
  const controls = controlsBehind(effectivity);
  const inNet = new Set(net.probes.map(({ unit }) => unit)).size;
  const netControls = Math.min(...net.probes.map((probe) => unitsIn(probe.net.apart)));
  return {
    effectivity: unitsIn(effectivity.own) >= FEWEST_FACTS,
    controls: controls >= FEWEST_FACTS,
    specificity: unitsIn(specificity) >= FEWEST_FACTS,
    retention: unitsIn(retention) >= FEWEST_FACTS,
    net: inNet >= FEWEST_FACTS && netControls >= FEWEST_FACTS,
  };
}

/** Control facts that the group's effectivity is held against, of the kind or schedule that has fewest; 0: none. */
function controlsBehind({ compared = [] }: GroupSample['effectivity']): number {
  const nulls = new Set(compared.map(({ none }) => none));
  return nulls.size === 0 ? 0 : Math.min(...[...nulls].map(unitsIn));
}

/** Why intervals are missing that the figures themselves would allow; null where none is. */
function whyNot(sample: GroupSample, enough: Enough): string | null {
  const { facts, effectivity, retention } = sample;
  const need = `A bootstrap needs ${FEWEST_FACTS} facts`;
  if (facts < FEWEST_FACTS) return `${need}, and there ${facts === 1 ? 'is one' : `are ${facts}`}.`;
  const measured = unitsIn(effectivity.own);
  const used = unitsIn(retention);
  const controls = controlsBehind(effectivity);
  const missing = [
    ...(measured > 0 && !enough.effectivity ? [`${measured} behind effectivity`] : []),
    ...(used > 0 && !enough.retention ? [`${used} behind mean R`] : []),
    ...(measured > 0 && controls > 0 && !enough.controls ? [`${controls} controls behind null and net`] : []),
  ];
  return missing.length === 0 ? null : `${need}, and there are ${missing.join(', ')}.`;
}
