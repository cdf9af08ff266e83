import type { GroupAnalysis } from '../../core/dynamics/analysis';
import { drawSample, SAMPLE_WIDTH } from '../charts/sample';
import { styleOf } from '../charts/series';
import type { Colours } from '../colours';
import { h } from '../dom';

/** Of a sample, CSS pixels; the width and this are in the style sheet too. */
const HEIGHT = 12;

/** The groups' names beside samples of their lines; each is a switch that hides its line. */
export function legendView(
  key: string,
  groups: readonly GroupAnalysis[],
  colours: Colours,
  hidden: ReadonlySet<string>,
  toggle: (name: string) => void,
): HTMLElement {
  return h(
    'ul',
    { class: 'legend', 'aria-label': 'Lines of the chart' },
    ...groups.map((group) => {
      const name = group.label;
      return h(
        'li',
        {},
        h(
          'button',
          {
            'data-key': `legend ${key} ${name}`,
            'aria-pressed': String(!hidden.has(name)),
            title: 'Show or hide this line',
            click: () => {
              toggle(name);
            },
          },
          sample(group, colours),
          `${name} (${group.probes})`,
        ),
      );
    }),
  );
}

function sample(group: GroupAnalysis, colours: Colours): Node {
  const canvas = h('canvas', { 'aria-hidden': 'true' });
  const scale = window.devicePixelRatio;
  canvas.width = SAMPLE_WIDTH * scale;
  canvas.height = HEIGHT * scale;
  const context = canvas.getContext('2d')!;
  context.scale(scale, scale);
  drawSample(context, styleOf(group, colours), 0, HEIGHT / 2);
  return canvas;
}
