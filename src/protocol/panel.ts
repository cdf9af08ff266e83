import type { RunAnalysis } from '../core/dynamics/analysis';
import type { ProbeKind } from '../core/probes/model';

export const CHARTS = ['trajectories', 'retention', 'kernel'] as const;
export type ChartName = (typeof CHARTS)[number];

/** All that a panel keeps over a reload: ids, never numbers. */
export interface PanelState {
  /** URI of the probe file. */
  readonly file: string;
  readonly run?: string;
  readonly fact?: string;
  /** Kind of probe; all kinds when missing. */
  readonly kind?: ProbeKind;
  readonly chart: ChartName;
}

export interface PanelData {
  readonly title: string;
  readonly runs: readonly string[];
  readonly facts: readonly string[];
  readonly analyses: readonly RunAnalysis[];
  /** Checkpoints on disk without any current score, run by run; none where it is not known. */
  readonly unscored: readonly { readonly run: string; readonly checkpoints: number }[];
  /** Set while the file is being scored. */
  readonly scoring?: PanelScoring;
}

/** Checkpoints that are done, of those that are to be scored. */
export interface PanelScoring {
  readonly done: number;
  readonly total: number;
}

/** What a click in a panel names. */
export interface RevealTarget {
  readonly run?: string;
  readonly fact?: string;
  readonly probe?: string;
}

/** What the host offers to a panel. */
export interface PanelHostApi {
  /** Asked once, when the page is there: what it is to show. */
  initial(): Promise<PanelState>;
  /**
   * Asked when the panel's state changes or its data have; rejects with a failure to be shown in it.
   * @param intervals whether intervals are drawn, too: of a long run they take several times as long as all else
   */
  load(state: PanelState, intervals: boolean): Promise<PanelData>;
  /** Told when the panel has turned to another view of the data that it has. */
  turned(state: PanelState): Promise<void>;
  /** Shows a run, fact or probe in the probe file. */
  reveal(target: RevealTarget): Promise<void>;
  /** Starts scoring what the state selects. */
  score(state: PanelState): Promise<void>;
  /** Saves text (CSV) or a PNG data URL where the user chooses. */
  save(name: string, content: string, encoding: 'utf8' | 'data-url'): Promise<void>;
}

/** What a panel offers to the host. */
export interface PanelApi {
  /** The results have changed: load again. */
  changed(): void;
  /** Show this instead. */
  show(state: PanelState): void;
}
