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
  /** What the data are of. */
  let loaded: PanelState | undefined;
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
        loaded = asked;
        failure = undefined;
      } catch (error) {
        failure = toFailure(error);
      }
      if (asked === state) draw();
    } while (again as boolean);
    loading = false;
  };

  /** Does something through the host; where it fails, that is shown. */
  const ask = (answer: Promise<void>) => {
    answer.catch((error: unknown) => {
      failure = toFailure(error);
      draw();
    });
  };

  const show = (next: PanelState) => {
    state = next;
    keep(next);
    draw();
    void load();
  };

  const draw = () => {
    if (state === undefined) return;
    for (const chart of charts) chart?.destroy();
    charts = [];
    // Other numbers must not stand under this name while its own are on their way.
    const current = isOf(loaded, state) ? data : undefined;
    const { analyses } = current ?? { analyses: [] };
    const { chart, kind } = state;
    const scored = analyses
      .filter(({ steps }) => steps.length > 0)
      .map((analysis) => ({
        ...analysis,
        groups: analysis.groups.filter((group) => kind === undefined || group.kind === kind),
      }));
    const exportCsv =
      scored.length === 0
        ? undefined
        : () => {
            ask(host.save(`${chart}.csv`, toCsv(chart, scored), 'utf8'));
          };
    replaceKeepingFocus(
      root,
      toolbarView(state, data ?? { runs: [], facts: [] }, show, exportCsv),
      ...progress(),
      ...content(current, scored),
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

  const content = (current: PanelData | undefined, scored: PanelData['analyses']): readonly Node[] => {
    if (failure !== undefined) return [failureNotice(failure, () => void load())];
    if (current === undefined) return [notice('loading', ['Reading the results …'])];
    if (scored.length === 0) return [nothingScored(current)];
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
        reveal: (target) => {
          ask(host.reveal(target));
        },
        savePicture: (name, url) => {
          ask(host.save(name, url, 'data-url'));
        },
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
      press: () => {
        ask(host.score(state!));
      },
    });
  };

  onThemeChange(draw);
  return { show, reload: () => void load() };
}

/** Whether data loaded for one state are what another one shows; chart and kind are chosen from the same data. */
function isOf(loaded: PanelState | undefined, { file, run, fact }: PanelState): boolean {
  return loaded?.file === file && loaded.run === run && loaded.fact === fact;
}
