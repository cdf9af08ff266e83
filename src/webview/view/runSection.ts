import { Chart } from 'chart.js';
import type { RunAnalysis } from '../../core/dynamics/analysis';
import { count, plural } from '../../core/format';
import type { ChartName, RevealTarget } from '../../protocol/panel';
import type { Colours } from '../colours';
import { h } from '../dom';
import { legendView } from './legend';
import { notice } from './notice';
import { picture } from './picture';
import { foldedTables, tableView } from './table';
import { VIEWS } from './views';

/** What a run's section is shown with. */
export interface SectionContext {
  readonly chart: ChartName;
  readonly fact: string | undefined;
  /** Checkpoints on disk without any score. */
  readonly unscored: number;
  /** The intervals are still being drawn. */
  readonly waiting: boolean;
  readonly colours: Colours;
  /** Names of the groups whose lines are switched off. */
  readonly hidden: ReadonlySet<string>;
  /** Tables that are unfolded. */
  readonly opened: Set<string>;
  readonly toggle: (name: string) => void;
  readonly reveal: (target: RevealTarget) => void;
  readonly savePicture: (name: string, url: string) => void;
}

export interface RunSection {
  readonly element: HTMLElement;
  /** To be destroyed with the section. */
  readonly chart: { destroy: () => void } | undefined;
}

/** One run: heading, chart, legend, notes, tables. */
export function runSection(analysis: RunAnalysis, context: SectionContext): RunSection {
  const { run } = analysis;
  const { chart: name, fact, colours } = context;
  const view = VIEWS[name];
  const reveal = () => {
    context.reveal(fact === undefined ? { run } : { fact });
  };
  const heading = h(
    'header',
    {},
    h(
      'h2',
      {},
      h(
        'button',
        { class: 'link', 'data-key': `reveal ${run}`, title: 'Show in the probe file', click: reveal },
        fact === undefined ? run : `${fact} in ${run}`,
      ),
    ),
    h(
      'p',
      { class: 'muted' },
      describe(analysis, context.unscored) + (context.waiting ? ' · intervals are on their way …' : ''),
    ),
  );
  const notes =
    analysis.notes.length > 0 &&
    h('ul', { class: 'notes' }, ...analysis.notes.map((note) => h('li', {}, note)));
  const drawn = analysis.groups.filter(view.isDrawn);
  const missing = view.missing(analysis.groups);
  const reasons =
    missing.length > 0 && h('ul', { class: 'missing' }, ...missing.map((reason) => h('li', {}, reason)));
  if (drawn.length === 0)
    return {
      element: h(
        'section',
        {},
        heading,
        notice('empty', [view.nothing]),
        reasons || undefined,
        notes || undefined,
      ),
      chart: undefined,
    };

  const canvas = h('canvas', {
    role: 'img',
    'aria-label': `${name} of ${run}; the numbers are in the tables below`,
  });
  const drawing = { colours, hidden: context.hidden, onPoint: reveal };
  const chart = new Chart(canvas, view.chart(analysis, drawing));
  const savePicture = () => {
    const title = [fact, run, name].filter((part) => part !== undefined).join(' · ');
    const visible = drawn.filter((group) => !context.hidden.has(group.label));
    context.savePicture(`${fact ?? run}-${name}.png`, picture(chart, title, visible, colours));
  };
  const element = h(
    'section',
    { 'data-run': run },
    heading,
    h('div', { class: 'chart' }, canvas),
    h('p', { class: 'key' }, view.key),
    legendView(run, drawn, colours, context.hidden, context.toggle),
    notes || undefined,
    ...view.tables(analysis).map(tableView),
    reasons || undefined,
    foldedTables(`${name} ${run}`, 'Numbers of the chart', context.opened, () => view.numbers(analysis)),
    h(
      'p',
      {},
      h(
        'button',
        {
          'data-key': `png ${run}`,
          click: savePicture,
        },
        'Save picture (PNG)',
      ),
    ),
  );
  return { element, chart };
}

function describe({ group, seed, run, window, steps, coverage }: RunAnalysis, unscored: number): string {
  return [
    ...(group === run ? [] : [`group ${group}`]),
    ...(seed === null ? [] : [`seed ${seed}`]),
    unscored === 0
      ? plural(steps.length, 'checkpoint')
      : `${count(steps.length)} of ${plural(steps.length + unscored, 'checkpoint')} scored`,
    `${count(coverage.complete)} of ${count(coverage.probes)} probes scored throughout`,
    ...(coverage.stale > 0
      ? [`${count(coverage.stale)} scores left out: their text or model has changed since`]
      : []),
    `window ${window} steps`,
  ].join(' · ');
}
