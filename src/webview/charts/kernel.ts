import type { GroupAnalysis, RunAnalysis } from '../../core/dynamics/analysis';
import type { KernelCurve, KernelFit } from '../../core/dynamics/kernel/kernel';
import { count } from '../../core/format';
import { groupLine, optionsFor, points, type Drawing, type Line, type LineChart } from './common';
import { encounterLines } from './encounterLines';
import { styleOf } from './series';
import { STEP_AXES } from './trajectories';

/** Of what was measured; the model is drawn whole. */
const MOST_POINTS = 150;

/** Mean trajectories as points, the kernel's model through them as lines, and where it comes to 0. */
export function kernelChart(analysis: RunAnalysis, drawing: Drawing): LineChart {
  const curves = analysis.groups.flatMap(({ kernel }) => kernel?.curve ?? []);
  const encounters = new Set(curves.flatMap((curve) => curve.encounters));
  const data = curves.flatMap(({ steps, lastPeak }) => [steps[0]!, steps.at(-1)!, lastPeak]);
  return {
    type: 'line',
    data: {
      datasets: analysis.groups.flatMap((group) => lines(group, Math.max(...data), drawing)),
    },
    options: optionsFor(STEP_AXES, drawing),
    plugins: [encounterLines([...encounters], drawing.colours.muted)],
  };
}

function lines(group: GroupAnalysis, end: number, drawing: Drawing): Line[] {
  const { kernel } = group;
  if (kernel?.curve == null || kernel.fit === null) return [];
  const { curve, fit } = kernel;
  const line = groupLine(group, points(curve.steps, curve.measured), drawing);
  const stride = Math.ceil(curve.steps.length / MOST_POINTS);
  const measured: Line = {
    ...line,
    showLine: false,
    pointRadius: ({ dataIndex }) => (dataIndex % stride === 0 ? 2.5 : 0),
  };
  const model: Line = {
    ...line,
    label: `model of ${group.label}`,
    data: points(curve.steps, curve.model),
    pointRadius: 0,
    pointHitRadius: 0,
  };
  return [measured, model, ...threshold(group, curve, fit, end, drawing)];
}

/** Where the model comes to 0, as far as the chart goes. */
function threshold(
  group: GroupAnalysis,
  { lastPeak }: KernelCurve,
  { threshold: lag }: KernelFit,
  end: number,
  { colours, hidden }: Drawing,
): Line[] {
  if (lag === null || lastPeak + lag > end) return [];
  const { colour } = styleOf(group, colours);
  return [
    {
      label: `threshold of ${group.label}, ${count(Number(lag.toPrecision(3)))} steps`,
      data: [{ x: lastPeak + lag, y: 0 }],
      hidden: hidden.has(group.label),
      borderColor: colours.foreground,
      backgroundColor: colour,
      pointStyle: 'rectRot',
      pointRadius: 7,
      pointHoverRadius: 9,
      pointHitRadius: 8,
    },
  ];
}
