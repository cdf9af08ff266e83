import type { RunAnalysis } from '../../core/dynamics/analysis';
import { count, short, signed } from '../../core/format';
import { groupLine, optionsFor, points, type Axes, type Drawing, type LineChart } from './common';
import { encounterLines } from './encounterLines';

/** Of every chart of mean Δℓ by step. */
export const STEP_AXES: Axes = {
  x: {
    title: 'step (updates completed)',
    type: 'linear',
    tick: short,
    name: (step) => `step ${count(step)}`,
  },
  y: { title: 'mean Δℓ since the first encounter, nats', name: (delta) => `${signed(delta)} nats` },
};

/** Mean change of log probability per condition and kind against steps, encounters marked. */
export function trajectoriesChart(analysis: RunAnalysis, drawing: Drawing): LineChart {
  return {
    type: 'line',
    data: {
      datasets: analysis.groups.map((group) =>
        groupLine(group, points(group.trajectory.steps, group.trajectory.meanDelta), drawing),
      ),
    },
    options: optionsFor(STEP_AXES, drawing),
    plugins: [encounterLines(encountersOf(analysis), drawing.colours.muted)],
  };
}

/** Every step at which some group of the run meets its facts. */
function encountersOf({ groups }: RunAnalysis): readonly number[] {
  const steps = groups
    .filter(({ condition }) => condition !== 'control')
    .flatMap(({ trajectory }) => trajectory.encounters);
  return [...new Set(steps)].sort((a, b) => a - b);
}
