import { PROBE_KINDS } from '../../core/probes/model';
import { CHARTS, type PanelData, type PanelState } from '../../protocol/panel';
import { h } from '../dom';
import { VIEWS } from './views';

/** Which chart, run, fact and kind of probe; and the numbers as a file. */
export function toolbarView(
  state: PanelState,
  data: Pick<PanelData, 'runs' | 'facts'>,
  change: (state: PanelState) => void,
  exportCsv: (() => void) | undefined,
): HTMLElement {
  const choose = (key: 'run' | 'fact' | 'kind') => (chosen: string | undefined) => {
    const { [key]: _former, ...others } = state;
    change(chosen === undefined ? others : { ...others, [key]: chosen });
  };
  const charts = CHARTS.map((chart) =>
    h(
      'button',
      {
        'data-key': `chart ${chart}`,
        'aria-pressed': String(chart === state.chart),
        click: () => {
          change({ ...state, chart });
        },
      },
      VIEWS[chart].name,
    ),
  );
  return h(
    'div',
    { class: 'toolbar', role: 'group', 'aria-label': 'What is shown' },
    h('div', { class: 'switch', role: 'group', 'aria-label': 'Chart' }, ...charts),
    choice('Run', 'All runs', data.runs, state.run, choose('run')),
    choice('Fact', 'All facts', data.facts, state.fact, choose('fact')),
    choice('Kind', 'All kinds', PROBE_KINDS, state.kind, choose('kind')),
    h(
      'button',
      { 'data-key': 'csv', disabled: exportCsv === undefined, click: () => exportCsv?.() },
      'Export CSV',
    ),
  );
}

function choice(
  label: string,
  all: string,
  ids: readonly string[],
  chosen: string | undefined,
  choose: (id: string | undefined) => void,
): HTMLElement {
  // The id on show may have gone from the file; it stays in the list so that the list says what is shown.
  const listed = chosen === undefined || ids.includes(chosen) ? ids : [chosen, ...ids];
  const select = h(
    'select',
    {
      'data-key': `choice ${label}`,
      change: () => {
        choose(select.selectedIndex === 0 ? undefined : select.value);
      },
    },
    h('option', {}, all),
    ...listed.map((id) => h('option', { value: id, selected: id === chosen }, id)),
  );
  return h('label', {}, label, select);
}
