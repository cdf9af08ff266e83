import type { GroupAnalysis, RunAnalysis } from '../../core/dynamics/analysis';
import {
  describeBetter,
  describeHorizon,
  describeHorizonTokens,
  describeInterval,
  describeMeasured,
  describeUsed,
} from '../../core/dynamics/describe';
import { count, decimal, signed } from '../../core/format';

/** A table of numbers as people read it. The first column names the row. */
export interface Table {
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Effectivity, null and specificity: one row a group. */
export function effectivityTable({ groups }: RunAnalysis): Table {
  return {
    caption: 'Effectivity E: mean rise at an encounter, nats; 95 % intervals',
    head: ['group', 'facts', 'probes', 'E', 'null', 'net', 'ΔS'],
    rows: groups.map((group) => [
      group.label,
      String(group.facts),
      describeMeasured(group),
      signed(group.meanEffectivity) + describeInterval(group.interval?.meanEffectivity),
      signed(group.meanNull) + describeInterval(group.interval?.meanNull),
      signed(group.meanNet) + describeInterval(group.interval?.meanNet),
      signed(group.specificity) + describeInterval(group.interval?.specificity),
    ]),
  };
}

/** Effectivity at each encounter: one row an encounter of a group. */
export function encounterTable({ groups }: RunAnalysis): Table {
  return {
    caption: 'Effectivity at each encounter, nats',
    head: [
      'group',
      'encounter',
      'step',
      'E',
      'null',
      'net',
      'fixed lag',
      'its null',
      'probes',
      'checkpoints',
    ],
    rows: groups.flatMap((group) =>
      group.effectivity.map((encounter) => [
        group.label,
        String(encounter.encounter),
        count(encounter.step),
        signed(encounter.mean),
        signed(encounter.null),
        signed(encounter.net),
        signed(encounter.fixedLag),
        signed(encounter.fixedLagNull),
        String(encounter.n),
        String(encounter.checkpointsInWindow),
      ]),
    ),
  };
}

/** Mean Δℓ: one row a step, one column a group. */
export function trajectoryTable({ groups, steps }: RunAnalysis): Table {
  const columns = groups.map(
    ({ trajectory }) =>
      new Map(trajectory.steps.map((step, index) => [step, trajectory.meanDelta[index] ?? null])),
  );
  return {
    caption: 'Mean Δℓ since the first encounter, nats',
    head: ['step', ...groups.map(({ label }) => label)],
    rows: steps.map((step) => [count(step), ...columns.map((column) => signed(column.get(step) ?? null, 3))]),
  };
}

/** The fitted lines: one row a group. */
export function fitTable({ groups }: RunAnalysis): Table {
  return {
    caption: 'Fit R = b − a·log₁₀ t (logarithmic; the paper’s “power law”), beside it R = A·exp(−λ·t)',
    head: [
      ...['group', 'a', 'b', 'R²', 'horizon, steps', 'horizon, tokens', 'used', 'a, net'],
      ...['half-life, steps', 'R², exponential', 'better by AIC'],
    ],
    rows: groups.filter(({ retention }) => retention !== null).map(fitRow),
  };
}

function fitRow(group: GroupAnalysis): readonly string[] {
  const retention = group.retention!;
  const { fit, exponential } = retention;
  const numbers =
    fit === null
      ? [describeHorizon(retention), '–', '–', '–', '–']
      : [
          decimal(fit.a, 3) + describeInterval(retention.interval?.a, 3),
          decimal(fit.b, 3),
          decimal(fit.r2, 3),
          describeHorizon(retention),
          describeHorizonTokens(retention),
        ];
  return [
    group.label,
    ...numbers,
    describeUsed(retention),
    decimal(group.netRetention?.fit?.a ?? null, 3) + describeInterval(group.netRetention?.interval?.a, 3),
    count(exponential?.halfLife ?? null),
    decimal(exponential?.r2 ?? null, 3),
    describeBetter(retention),
  ];
}

/** Mean R: one row a lag, one column a group. */
export function retentionTable({ groups }: RunAnalysis): Table {
  const retained = groups.filter(({ retention }) => retention !== null);
  const lags = [...new Set(retained.flatMap(({ retention }) => retention!.lags))].sort((a, b) => a - b);
  const columns = retained.map(
    ({ retention }) => new Map(retention!.lags.map((lag, index) => [lag, retention!.meanR[index] ?? null])),
  );
  return {
    caption: 'Mean R, share retained',
    head: ['steps after the last peak', ...retained.map(({ label }) => label)],
    rows: lags.map((lag) => [count(lag), ...columns.map((column) => decimal(column.get(lag) ?? null, 3))]),
  };
}
