import type { RunAnalysis } from '../../core/dynamics/analysis';
import type { Interval } from '../../core/dynamics/bootstrap/bootstrap';
import type { ChartName } from '../../protocol/panel';

type Value = string | number | boolean | null;

/** The numbers of a chart, one row an observation, at full precision, for pandas and the like. */
export function toCsv(chart: ChartName, analyses: readonly RunAnalysis[]): string {
  const [head, rows] = { trajectories, retention, kernel }[chart](analyses);
  return [head, ...rows].map((row) => row.map(field).join(',') + '\n').join('');
}

function trajectories(analyses: readonly RunAnalysis[]): [readonly string[], Value[][]] {
  return [
    ['run', 'group', 'seed', 'condition', 'kind', 'step', 'mean_delta', 'n'],
    analyses.flatMap(({ run, group, seed, groups }) =>
      groups.flatMap(({ condition, kind, trajectory }) =>
        trajectory.steps.map((step, index) => [
          ...[run, group, seed, condition, kind, step],
          trajectory.meanDelta[index] ?? null,
          trajectory.n[index] ?? null,
        ]),
      ),
    ),
  ];
}

function retention(analyses: readonly RunAnalysis[]): [readonly string[], Value[][]] {
  return [
    [
      ...['run', 'group', 'seed', 'condition', 'kind', 'lag', 'mean_r', 'ratio_of_means', 'n'],
      ...['left_out', 'incomplete'],
      ...['fit_a', 'fit_b', 'fit_r2', 'horizon', 'horizon_extrapolated'],
      ...['mean_r_low', 'mean_r_high', 'fit_a_low', 'fit_a_high', 'horizon_low', 'horizon_high'],
      ...['exponential_a', 'exponential_rate', 'exponential_r2', 'half_life', 'better_fit'],
    ],
    analyses.flatMap(({ run, group, seed, groups }) =>
      groups.flatMap(({ condition, kind, retention }) =>
        (retention?.lags ?? []).map((lag, index): Value[] => {
          const { meanR, ratioOfMeans, n, leftOut, incomplete, fit, exponential, better, interval } =
            retention!;
          return [
            ...[run, group, seed, condition, kind, lag],
            ...[meanR[index] ?? null, ratioOfMeans[index] ?? null, n, leftOut, incomplete],
            ...[
              fit?.a ?? null,
              fit?.b ?? null,
              fit?.r2 ?? null,
              fit?.horizon ?? null,
              fit?.extrapolated ?? null,
            ],
            ...bounds(interval?.meanR[index]),
            ...bounds(interval?.a),
            ...bounds(interval?.horizon),
            ...[
              exponential?.amplitude ?? null,
              exponential?.rate ?? null,
              exponential?.r2 ?? null,
              exponential?.halfLife ?? null,
              better,
            ],
          ];
        }),
      ),
    ),
  ];
}

function kernel(analyses: readonly RunAnalysis[]): [readonly string[], Value[][]] {
  return [
    [
      ...['run', 'group', 'seed', 'condition', 'kind', 'step', 'measured', 'model', 'net', 'probes'],
      ...['kernel_a', 'kernel_b', 'kernel_r2', 'threshold', 'threshold_extrapolated'],
      ...['kernel_a_low', 'kernel_a_high', 'threshold_low', 'threshold_high'],
    ],
    analyses.flatMap(({ run, group, seed, groups }) =>
      groups.flatMap(({ condition, kind, kernel }) => {
        if (kernel?.curve == null || kernel.fit === null) return [];
        const { curve, fit, net } = kernel;
        return curve.steps.map((step, i): Value[] => [
          ...[run, group, seed, condition, kind, step],
          ...[curve.measured[i] ?? null, curve.model[i] ?? null, net, curve.probes],
          ...[fit.a, fit.b, fit.r2, fit.threshold, fit.extrapolated],
          ...bounds(fit.interval?.a),
          ...bounds(fit.interval?.threshold),
        ]);
      }),
    ),
  ];
}

/** No number where there is no bound. */
function bounds(interval: Interval | null | undefined): readonly Value[] {
  return [interval?.low ?? null, interval?.high ?? null];
}

/** RFC 4180: quoted where it has to be; nothing for null. */
function field(value: Value): string {
  const text = value === null ? '' : String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
