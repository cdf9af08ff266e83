import { toFailure, type Failure } from '../core/failure';
import type { PanelApi, PanelData, PanelHostApi, PanelState } from '../protocol/panel';
import { onThemeChange, readColours } from './colours';
import { h, replaceKeepingFocus } from './dom';
import { toCsv } from './numbers/csv';
import { failureNotice, notice } from './view/notice';
import { runSection, type RunSection } from './view/runSection';
import { toolbarView } from './view/toolbar';

/** What the page's calls to the host look like. */
type Host = Pick<PanelHostApi, 'load' | 'reveal' | 'score' | 'save'>;

export interface Panel {
  readonly show: PanelApi['show'];
  /** Asks for the data again; what is shown stays until they come. */
  readonly reload: () => void;
}

/** The panel: asks the host for what its state names, and shows it. Keeps ids only. */
export function createPanel(root: HTMLElement, host: Host, keep: (state: PanelState) => void): Panel {
  const hidden = new Set<string>();
  const opened = new Set<string>();
  let charts: readonly RunSection['chart'][] = [];
  let state: PanelState | undefined;
  let data: PanelData | undefined;
  let failure: Failure | undefined;
  let loading = false;
  let again = false;

  const load = async () => {
    if (loading) {
      again = true;
      return;
    }
    loading = true;
    do {
      again = false;
      const asked = state!;
      try {
        data = await host.load(asked);
        failure = undefined;
      } catch (error) {
        failure = toFailure(error);
      }
      if (asked === state) draw();
    } while (again as boolean);
    loading = false;
  };

  const show = (next: PanelState) => {
    // Another file's numbers must not stand under this one's name while its own are on their way.
    if (next.file !== state?.file) data = undefined;
    state = next;
    keep(next);
    draw();
    void load();
  };

  const draw = () => {
    if (state === undefined) return;
    for (const chart of charts) chart?.destroy();
    charts = [];
    const { analyses } = data ?? { analyses: [] };
    const { chart, kind } = state;
    const scored = analyses
      .filter(({ steps }) => steps.length > 0)
      .map((analysis) => ({
        ...analysis,
        groups: analysis.groups.filter((group) => kind === undefined || group.kind === kind),
      }));
    const exportCsv =
      scored.length === 0 ? undefined : () => void host.save(`${chart}.csv`, toCsv(chart, scored), 'utf8');
    replaceKeepingFocus(
      root,
      toolbarView(state, data ?? { runs: [], facts: [] }, show, exportCsv),
      ...progress(),
      ...content(scored),
    );
  };

  const progress = (): readonly Node[] => {
    const scoring = data?.scoring;
    if (scoring === undefined) return [];
    const words =
      scoring.total === 0 ? 'Scoring …' : `Scoring: ${scoring.done} of ${scoring.total} checkpoints`;
    return [
      h(
        'p',
        { class: 'scoring', role: 'status' },
        words,
        h('progress', {
          max: String(Math.max(1, scoring.total)),
          value: String(scoring.done),
          'aria-label': words,
        }),
      ),
    ];
  };

  const content = (scored: PanelData['analyses']): readonly Node[] => {
    if (failure !== undefined) return [failureNotice(failure, () => void load())];
    if (data === undefined) return [notice('loading', ['Reading the results …'])];
    if (scored.length === 0) return [nothingScored(data)];
    const sections = scored.map((analysis) =>
      runSection(analysis, {
        chart: state!.chart,
        fact: state!.fact,
        colours: readColours(),
        hidden,
        opened,
        toggle: (name) => {
          if (!hidden.delete(name)) hidden.add(name);
          draw();
        },
        reveal: (target) => void host.reveal(target),
        savePicture: (name, url) => void host.save(name, url, 'data-url'),
      }),
    );
    charts = sections.map(({ chart }) => chart);
    return [h('div', { class: 'runs' }, ...sections.map(({ element }) => element))];
  };

  const nothingScored = ({ scoring, analyses }: PanelData): Node => {
    const notes = analyses.flatMap((analysis) => analysis.notes);
    if (scoring !== undefined) return notice('empty', ['The first scores are on their way.']);
    return notice('empty', ['Nothing has been scored here yet.', ...new Set(notes)], {
      text: 'Score',
      press: () => void host.score(state!),
    });
  };

  onThemeChange(draw);
  return { show, reload: () => void load() };
}
