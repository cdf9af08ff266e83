import type { GroupAnalysis, LogarithmicFit, Retention, RunAnalysis } from '../../core/dynamics/analysis';
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
  const fitted = fit === null ? [] : [fitLine(group, fit, lags.slice(-fit.points), drawing)];
  return [line, ...band(group, retention, drawing), ...fitted];
}

/** The 95 % interval of mean R as a shade of the line's colour, where there is one. */
function band(group: GroupAnalysis, { lags, interval }: Retention, drawing: Drawing): Line[] {
  if (interval === null) return [];
  const { colour } = styleOf(group, drawing.colours);
  const bound = (side: 'low' | 'high', fill: Line['fill']): Line => ({
    label: `${side === 'low' ? 'lower' : 'upper'} bound of ${group.label}`,
    data: points(
      lags,
      interval.meanR.map((each) => each?.[side] ?? null),
    ),
    hidden: drawing.hidden.has(group.label),
    borderWidth: 0,
    backgroundColor: `color-mix(in srgb, ${colour} 15%, transparent)`,
    pointRadius: 0,
    pointHitRadius: 0,
    pointHoverRadius: 0,
    fill: fill ?? false,
  });
  return [bound('low', false), bound('high', '-1')];
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
