import type { Chart } from 'chart.js';
import type { GroupAnalysis } from '../../core/dynamics/analysis';
import type { LineChart } from '../charts/common';
import { drawSample, SAMPLE_WIDTH } from '../charts/sample';
import { styleOf } from '../charts/series';
import type { Colours } from '../colours';

/** Heights and widths in CSS pixels. */
const LINE = 20;
const COLUMN = 220;

/** The chart as a PNG data URL, with title and legend drawn in, on the theme's background. */
export function picture(
  chart: Chart<'line', LineChart['data']['datasets'][number]['data']>,
  title: string,
  groups: readonly GroupAnalysis[],
  colours: Colours,
): string {
  const { canvas } = chart;
  const scale = canvas.width / chart.width;
  const columns = Math.max(1, Math.floor(chart.width / COLUMN));
  const paper = document.createElement('canvas');
  paper.width = canvas.width;
  paper.height = canvas.height + (Math.ceil(groups.length / columns) + 2) * LINE * scale;
  const context = paper.getContext('2d')!;
  context.fillStyle = colours.background;
  context.fillRect(0, 0, paper.width, paper.height);
  context.drawImage(canvas, 0, LINE * 1.5 * scale);
  context.scale(scale, scale);
  context.textBaseline = 'middle';
  context.fillStyle = colours.foreground;
  context.font = `600 14px ${colours.font}`;
  context.fillText(title, 10, LINE * 0.8);
  context.font = `12px ${colours.font}`;
  groups.forEach((group, index) => {
    const x = 10 + (index % columns) * COLUMN;
    const y = chart.height + LINE * (2 + Math.floor(index / columns));
    drawSample(context, styleOf(group, colours), x, y);
    context.fillText(group.label, x + SAMPLE_WIDTH + 6, y);
  });
  return paper.toDataURL('image/png');
}
