import { toFailure, type Failure } from '../core/failure';
import type { PanelApi, PanelData, PanelHostApi, PanelState } from '../protocol/panel';
import { onThemeChange, readColours } from './colours';
import { h, replaceKeepingFocus } from './dom';
import { toCsv } from './numbers/csv';
import { failureNotice, notice } from './view/notice';
import { runSection, type RunSection } from './view/runSection';
import { toolbarView } from './view/toolbar';

/** What the page's calls to the host look like. */
type Host = Omit<PanelHostApi, 'initial'>;

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
  /** What the data are of that are on their way. */
  let coming: PanelState | undefined;
  /** The data are without intervals, which are on their way. */
  let waiting = false;
  let failure: Failure | undefined;
  let again = false;

  const load = async () => {
    if (coming !== undefined) {
      again = true;
      return;
    }
    do {
      again = false;
      coming = state!;
      // Something to look at comes first, and the intervals after it.
      const shown = isOf(loaded, coming) || (await take(coming, false));
      if (shown && !(again as boolean)) await take(state!, true);
    } while (again as boolean);
    coming = undefined;
  };

  /** @returns whether the data came */
  const take = async (asked: PanelState, intervals: boolean): Promise<boolean> => {
    try {
      data = await host.load(asked, intervals);
      loaded = asked;
      waiting = !intervals;
      failure = undefined;
    } catch (error) {
      failure = toFailure(error);
    }
    if (isOf(asked, state!)) draw();
    return failure === undefined;
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
    // The other chart, or one kind of probe, is of the same data: these are not computed anew.
    if (failure === undefined && isOf(coming ?? loaded, next)) ask(host.turned(next));
    else void load();
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
        unscored: current.unscored.find(({ run }) => run === analysis.run)?.checkpoints ?? 0,
        waiting,
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
