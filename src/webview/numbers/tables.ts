import type { GroupAnalysis, RunAnalysis } from '../../core/dynamics/analysis';
import {
  describeBetter,
  describeHorizon,
  describeHorizonAlone,
  describeHorizonTokens,
  describeInterval,
  describeMeasured,
  describeThreshold,
  describeThresholdTokens,
  describeUsed,
} from '../../core/dynamics/describe';
import { count, decimal, short, signed } from '../../core/format';

/** A table of numbers as people read it. The first column names the row. */
export interface Table {
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Effectivity, null and specificity: one row a group. */
export function effectivityTable({ groups, fence }: RunAnalysis): Table {
  const outside =
    fence === null ? '' : `. Left out: further than ${fence} interquartile ranges outside the quartiles`;
  return {
    caption: `Effectivity E: mean rise at an encounter, nats; 95 % intervals${outside}`,
    head: ['group', 'facts', 'probes', 'E', 'null', 'net', 'ΔS', ...(fence === null ? [] : ['left out'])],
    rows: groups.map((group) => [
      group.label,
      String(group.facts),
      describeMeasured(group),
      signed(group.meanEffectivity) + describeInterval(group.interval?.meanEffectivity),
      signed(group.meanNull) + describeInterval(group.interval?.meanNull),
      signed(group.meanNet) + describeInterval(group.interval?.meanNet),
      signed(group.specificity) + describeInterval(group.interval?.specificity),
      ...(fence === null ? [] : [count(group.outliers)]),
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

const BEYOND = '*: beyond the data';

/** The fitted lines: one row a group. */
export function fitTable({ groups }: RunAnalysis): Table {
  return {
    caption: `Fit R = b − a·log₁₀ t (logarithmic; the paper’s “power law”). ${BEYOND}`,
    head: ['group', 'a', 'horizon, steps', 'horizon, tokens', 'R²', 'b', 'used', 'a, net'],
    rows: retained(groups).map(({ label, retention, netRetention }) => {
      const { fit, interval } = retention;
      return [
        label,
        decimal(fit?.a ?? null, 3) + describeInterval(interval?.a),
        fit === null ? '–' : describeHorizon(retention, '*'),
        describeHorizonTokens(retention, short),
        decimal(fit?.r2 ?? null),
        decimal(fit?.b ?? null),
        describeUsed(retention),
        decimal(netRetention?.fit?.a ?? null, 3) + describeInterval(netRetention?.interval?.a),
      ];
    }),
  };
}

/** What one encounter leaves, beside the horizon of what all leave together: one row a group. */
export function kernelTable({ groups }: RunAnalysis): Table {
  const met = groups.flatMap(({ kernel, ...group }) => (kernel === null ? [] : [{ ...group, kernel }]));
  const net = met.some(({ kernel }) => kernel.net) ? ', net of controls' : '';
  return {
    caption: `Kernel: what one encounter’s rise leaves, clip(b − a·log₁₀ t, 0, 1)${net}. Encounters further apart than the threshold do not accumulate. ${BEYOND}`,
    head: [
      ...['group', 'a', 'threshold, steps', 'threshold, tokens'],
      ...['horizon of mean R, steps', 'R²', 'b', 'probes'],
    ],
    rows: met.map(({ label, kernel, retention, netRetention }) => {
      const { fit, probes } = kernel;
      const compared = kernel.net ? netRetention : retention;
      return [
        label,
        decimal(fit?.a ?? null, 3) + describeInterval(fit?.interval?.a),
        fit === null ? '–' : describeThreshold(kernel, '*'),
        describeThresholdTokens(kernel, short),
        compared?.fit == null ? '–' : describeHorizonAlone(compared, '*'),
        decimal(fit?.r2 ?? null),
        decimal(fit?.b ?? null),
        count(probes),
      ];
    }),
  };
}

/** Points and lines of the kernel's chart: one table a group. */
export function kernelCurveTables({ groups }: RunAnalysis): readonly Table[] {
  return groups.flatMap(({ label, kernel }) => {
    if (kernel?.curve == null) return [];
    const { steps, measured, model } = kernel.curve;
    return [
      {
        caption: `${label}: mean Δℓ since the first encounter, nats`,
        head: ['step', 'measured', 'model'],
        rows: steps.map((step, i) => [
          count(step),
          signed(measured[i] ?? null, 3),
          signed(model[i] ?? null, 3),
        ]),
      },
    ];
  });
}

/** The other curve through the same points: one row a group. */
export function exponentialTable({ groups }: RunAnalysis): Table {
  return {
    caption: 'The same points as R = A·exp(−λ·t)',
    head: ['group', 'half-life, steps', 'R²', 'better by AIC'],
    rows: retained(groups).map(({ label, retention }) => [
      label,
      count(retention.exponential?.halfLife ?? null),
      decimal(retention.exponential?.r2 ?? null),
      describeBetter(retention),
    ]),
  };
}

function retained(groups: readonly GroupAnalysis[]) {
  return groups.flatMap(({ retention, ...group }) => (retention === null ? [] : [{ ...group, retention }]));
}

/** Mean R: one row a lag, one column a group. */
export function retentionTable({ groups }: RunAnalysis): Table {
  const shown = retained(groups);
  const lags = [...new Set(shown.flatMap(({ retention }) => retention.lags))].sort((a, b) => a - b);
  const columns = shown.map(
    ({ retention }) => new Map(retention.lags.map((lag, index) => [lag, retention.meanR[index] ?? null])),
  );
  return {
    caption: 'Mean R, share retained',
    head: ['steps after the last peak', ...shown.map(({ label }) => label)],
    rows: lags.map((lag) => [count(lag), ...columns.map((column) => decimal(column.get(lag) ?? null, 3))]),
  };
}
