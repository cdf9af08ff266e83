import type { RunAnalysis } from '../../core/dynamics/analysis';
import { count, short, signed } from '../format';
import { commonOptions, groupLine, points, type Drawing, type LineChart } from './common';
import { encounterLines } from './encounterLines';

/** Mean change of log probability per condition and kind against steps, encounters marked (paper, figure 2). */
export function trajectoriesChart(analysis: RunAnalysis, drawing: Drawing): LineChart {
  const options = commonOptions(
    drawing,
    'step (updates completed)',
    'mean Δℓ since the first encounter, nats',
    (label, { y }) => `${label}: ${signed(y)} nats`,
    (x) => `step ${count(x)}`,
  );
  Object.assign(options.scales.x, { type: 'linear' });
  Object.assign((options.scales.x as { ticks: object }).ticks, {
    callback: (value: number) => short(value),
    maxRotation: 0,
  });
  return {
    type: 'line',
    data: {
      datasets: analysis.groups.map((group) =>
        groupLine(group, points(group.trajectory.steps, group.trajectory.meanDelta), drawing),
      ),
    },
    options,
    plugins: [encounterLines(encountersOf(analysis), drawing.colours.muted)],
  };
}

/** Every step at which some group of the run meets its facts. */
export function encountersOf({ groups }: RunAnalysis): readonly number[] {
  const steps = groups
    .filter(({ condition }) => condition !== 'control')
    .flatMap(({ trajectory }) => trajectory.encounters);
  return [...new Set(steps)].sort((a, b) => a - b);
}
