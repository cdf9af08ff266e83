import type { Plugin } from 'chart.js';

/**
 * Marks encounters by vertical lines behind the data. Small enough to be our own: an annotation plugin keeps an
 * object for each line and lays all of them out again at every pointer move.
 */
export function encounterLines(steps: readonly number[], colour: string): Plugin<'line'> {
  return {
    id: 'encounterLines',
    beforeDatasetsDraw: ({ ctx, chartArea, scales }) => {
      const x = scales['x'];
      if (x === undefined) return;
      ctx.save();
      ctx.strokeStyle = colour;
      ctx.lineWidth = 1;
      ctx.globalAlpha = 0.55;
      ctx.setLineDash([3, 3]);
      ctx.beginPath();
      for (const step of steps) {
        if (step < x.min || step > x.max) continue;
        const pixel = Math.round(x.getPixelForValue(step)) + 0.5;
        ctx.moveTo(pixel, chartArea.top);
        ctx.lineTo(pixel, chartArea.bottom);
      }
      ctx.stroke();
      ctx.restore();
    },
  };
}
