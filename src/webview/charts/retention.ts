import type { GroupAnalysis, LogarithmicFit, RunAnalysis } from '../../core/dynamics/analysis';
import { count, decimal, short } from '../format';
import {
  commonOptions,
  groupLine,
  points,
  type Drawing,
  type Line,
  type LineChart,
  type Point,
} from './common';
import { nameOf, styleOf } from './series';

/** Mean R against the steps since the last peak, on a logarithmic axis, with the fitted lines (paper, figure 4). */
export function retentionChart(analysis: RunAnalysis, drawing: Drawing): LineChart {
  const options = commonOptions(
    drawing,
    'steps after the last peak (log scale)',
    'mean R, share retained',
    (label, { y }) => `${label}: R ${decimal(y)}`,
    (x) => `${count(x)} steps after the last peak`,
  );
  Object.assign(options.scales.x, { type: 'logarithmic' });
  Object.assign((options.scales.x as { ticks: object }).ticks, {
    // Only 1, 2 and 5 of each decade: the others would run into each other.
    callback: (value: number) => (/^[125]0*$/.test(String(value)) ? short(value) : null),
    maxRotation: 0,
  });
  Object.assign(options.scales.y, { suggestedMin: 0, suggestedMax: 1 });
  return {
    type: 'line',
    data: { datasets: analysis.groups.flatMap((group) => lines(group, drawing)) },
    options,
  };
}

function lines(group: GroupAnalysis, drawing: Drawing): Line[] {
  const { retention } = group;
  if (retention === null) return [];
  const measured = points(retention.lags, retention.meanR).filter(({ x }) => x > 0);
  const first = measured[0];
  const last = measured.at(-1);
  const line = groupLine(group, measured, drawing);
  if (retention.fit === null || first === undefined || last === undefined) return [line];
  return [line, fitLine(group, retention.fit, [first.x, last.x], drawing)];
}

/** Straight on the logarithmic axis, so its two ends are enough; thin and dotted, to be told from what was measured. */
function fitLine(
  group: GroupAnalysis,
  { a, b }: LogarithmicFit,
  ends: readonly number[],
  drawing: Drawing,
): Line {
  const name = nameOf(group);
  return {
    label: `fit of ${name}`,
    data: ends.map((x): Point => ({ x, y: b - a * Math.log10(x) })),
    hidden: drawing.hidden.has(name),
    borderColor: styleOf(group, drawing.colours).colour,
    borderWidth: 1.25,
    borderDash: [1, 3],
    pointRadius: 0,
    pointHitRadius: 0,
  };
}
