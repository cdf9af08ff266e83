import type { Interval } from '../../../core/dynamics/bootstrap/bootstrap';
import type { GroupFigures, RecipeAnalysis, Retention, RunAnalysis } from '../../../core/dynamics/analysis';
import {
  describeBetter,
  describeHorizon,
  describeHorizonTokens,
  describeInterval,
  describeMeasured,
  describeUsed,
  retainedAt,
} from '../../../core/dynamics/describe';
import type { Grouping } from '../../../core/dynamics/grouping';
import { describeMissing } from '../../../core/dynamics/missing';
import { count, decimal } from '../../../core/format';
import { formatTable } from '../../output';
import { kernelTable } from './kernelTable';

/** A run's tables for people. */
export function describeRun(analysis: RunAnalysis): string {
  const { run, group, seed, window, steps, coverage, notes, fence } = analysis;
  const named = [
    group === run ? undefined : `group ${group}`,
    seed === null ? undefined : `seed ${seed}`,
    `${count(steps.length)} checkpoints, steps ${count(steps[0] ?? null)} to ${count(steps.at(-1) ?? null)}`,
    `window ${window} steps`,
  ].filter((part) => part !== undefined);
  const stale = coverage.stale === 0 ? '' : `; ${coverage.stale} scores are out of date and left out`;
  return [
    `Run ${run} (${named.join(', ')})`,
    `${count(coverage.complete)} of ${count(coverage.probes)} probes are scored at every step${stale}.`,
    ...describeGroups(analysis, fence),
    ...kernelTable(analysis.groups),
    '',
    ...describeMissing(analysis.groups, ['fit', 'kernel', 'interval']),
    ...notes.map((note) => `Note: ${note}`),
  ]
    .join('\n')
    .trimEnd();
}

/** The tables of runs taken together. */
export function describeRecipe(analysis: RecipeAnalysis, fence: number | null): string {
  const { recipe, runs, bootstrap } = analysis;
  return [
    `Group ${recipe} (means over the runs ${runs.join(', ')})`,
    ...(bootstrap === null
      ? []
      : [
          `Intervals: over runs and facts. Of ${runs.length} runs they are too narrow, by about ${decimal(Math.sqrt(runs.length / (runs.length - 1)), 1)} times.`,
        ]),
    ...describeGroups(analysis, fence),
    '',
    ...describeMissing(analysis.groups, ['fit', 'interval']),
  ]
    .join('\n')
    .trimEnd();
}

interface Groups extends Pick<RunAnalysis, 'by' | 'bootstrap'> {
  readonly groups: readonly GroupFigures[];
}

function describeGroups({ by, groups, bootstrap }: Groups, fence: number | null): string[] {
  const whose = namesOf(by);
  const retained = groups.flatMap((one) =>
    one.retention === null ? [] : [{ one, retention: one.retention }],
  );
  return [
    '',
    'Acquisition: nats per token, means over probes; null: the same on control facts',
    ...(fence === null
      ? []
      : [`Effectivities further than ${fence} interquartile ranges outside the quartiles are left out.`]),
    ...(bootstrap === null
      ? []
      : [
          `In brackets: 95 % intervals by bootstrap over facts (${bootstrap.resamples} resamples, seed ${bootstrap.seed})`,
        ]),
    formatTable(
      [
        ...whose.head,
        'probes',
        'effectivity',
        'null',
        'net',
        'specificity',
        ...(fence === null ? [] : ['left out']),
      ],
      groups.map((one) => [
        ...whose.of(one),
        describeMeasured(one),
        withInterval(one.meanEffectivity, one.interval?.meanEffectivity),
        decimal(one.meanNull, 3),
        withInterval(one.meanNet, one.interval?.meanNet),
        decimal(one.specificity, 3),
        ...(fence === null ? [] : [String(one.outliers)]),
      ]),
    ),
    '',
    'Forgetting: mean R so many steps after the last peak; in parentheses: before most probes have a',
    'checkpoint, drawn and not measured',
    formatTable(
      [...whose.head, 'used', ...LAGS.map((lag) => `R(${count(lag)})`)],
      retained.map(({ one, retention }) => [
        ...whose.of(one),
        describeUsed(retention),
        ...LAGS.map((lag) => describeRetained(retention, lag)),
      ]),
    ),
    '',
    'Fits: R = b − a·log10 t (logarithmic, the paper’s power law), R = A·exp(−λ·t), and the better by AIC;',
    'a net: after the mean of the controls has been subtracted',
    formatTable(
      [...whose.head, 'a', 'R²', 'a net', 'half-life', 'R²', 'better'],
      retained.map(({ one, retention }) => [...whose.of(one), ...fitCells(one, retention)]),
    ),
    '',
    'Horizon: steps and tokens after the last peak at which the line reaches 0; *: beyond the data',
    formatTable(
      [...whose.head, 'horizon, steps', 'tokens'],
      retained.map(({ one, retention }) => [
        ...whose.of(one),
        retention.fit === null ? '–' : describeHorizon(retention, '*'),
        describeHorizonTokens(retention),
      ]),
    ),
  ];
}

/** Lags at which mean R is printed, steps. */
const LAGS = [10, 100, 1000] as const;

function fitCells({ netRetention }: GroupFigures, retention: Retention): string[] {
  const { fit, exponential, interval } = retention;
  return [
    withInterval(fit?.a ?? null, interval?.a, 3),
    decimal(fit?.r2 ?? null),
    decimal(netRetention?.fit?.a ?? null, 3),
    count(exponential?.halfLife ?? null),
    decimal(exponential?.r2 ?? null),
    describeBetter(retention),
  ];
}

function describeRetained(retention: Retention, lag: number): string {
  const retained = retainedAt(retention, lag);
  if (retained === undefined) return '–';
  return retained.measured
    ? `${decimal(retained.value)}${describeInterval(retention.interval?.meanR[retention.lags.indexOf(lag)])}`
    : `(${decimal(retained.value)})`;
}

function withInterval(value: number | null, interval: Interval | null | undefined, places = 2): string {
  return decimal(value, 3) + describeInterval(interval, places);
}

/** The columns that name a group. */
function namesOf(by: Grouping): {
  readonly head: readonly string[];
  readonly of: (group: GroupFigures) => readonly string[];
} {
  return by === 'condition-kind'
    ? { head: ['condition', 'kind'], of: ({ condition, kind }) => [condition ?? '–', kind ?? '–'] }
    : { head: [by], of: ({ label }) => [label] };
}
