import { drawPoint } from 'chart.js/helpers';
import type { GroupStyle } from './series';

/** CSS pixels. */
export const SAMPLE_WIDTH = 34;

/** A piece of a group's line as it is in the chart, for legends: colour, dashes and marker, from (x, y) to the right. */
export function drawSample(
  context: CanvasRenderingContext2D,
  { colour, dash, marker }: GroupStyle,
  x: number,
  y: number,
): void {
  context.save();
  context.strokeStyle = colour;
  context.fillStyle = colour;
  context.lineWidth = 1.75;
  context.setLineDash([...dash]);
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x + SAMPLE_WIDTH, y);
  context.stroke();
  context.setLineDash([]);
  drawPoint(context, { pointStyle: marker, radius: 3, borderWidth: 1.75 }, x + SAMPLE_WIDTH / 2, y);
  context.restore();
}
