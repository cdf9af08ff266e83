import type { GroupAnalysis, LogarithmicFit, RunAnalysis } from '../../core/dynamics/analysis';
import { count, decimal, short } from '../../core/format';
import {
  groupLine,
  optionsFor,
  points,
  type Axes,
  type Drawing,
  type Line,
  type LineChart,
  type Point,
} from './common';
import { styleOf } from './series';

const AXES: Axes = {
  x: {
    title: 'steps after the last peak (log scale)',
    type: 'logarithmic',
    // Only 1, 2 and 5 of each decade: the others would run into each other.
    tick: (lag) => (/^[125]0*$/.test(String(lag)) ? short(lag) : null),
    name: (lag) => `${count(lag)} steps after the last peak`,
  },
  y: { title: 'mean R, share retained', least: [0, 1], name: (share) => `R ${decimal(share)}` },
};

/** Mean R against the steps since the last peak, on a logarithmic axis, with the fitted lines. */
export function retentionChart(analysis: RunAnalysis, drawing: Drawing): LineChart {
  return {
    type: 'line',
    data: { datasets: analysis.groups.flatMap((group) => lines(group, drawing)) },
    options: optionsFor(AXES, drawing),
  };
}

function lines(group: GroupAnalysis, drawing: Drawing): Line[] {
  const { retention } = group;
  if (retention === null) return [];
  const { lags, meanR, fit } = retention;
  const line = groupLine(
    group,
    points(lags, meanR).filter(({ x }) => x > 0),
    drawing,
  );
  return fit === null ? [line] : [line, fitLine(group, fit, lags.slice(-fit.points), drawing)];
}

/**
 * Straight on the logarithmic axis, so its two ends are enough; thin and dotted, to be told from what was measured.
 * @param lags those it was fitted to
 */
function fitLine(
  group: GroupAnalysis,
  { a, b }: LogarithmicFit,
  lags: readonly number[],
  drawing: Drawing,
): Line {
  const name = group.label;
  return {
    label: `fit of ${name}`,
    data: [lags[0]!, lags.at(-1)!].map((x): Point => ({ x, y: b - a * Math.log10(x) })),
    hidden: drawing.hidden.has(name),
    borderColor: styleOf(group, drawing.colours).colour,
    borderWidth: 1.25,
    borderDash: [1, 3],
    pointRadius: 0,
    pointHitRadius: 0,
  };
}
