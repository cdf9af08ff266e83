import type { RunAnalysis } from '../core/dynamics/analysis';

export type ChartName = 'trajectories' | 'retention';

/** All that a panel keeps over a reload: ids, never numbers. */
export interface PanelState {
  /** URI of the probe file. */
  readonly file: string;
  readonly run?: string;
  readonly fact?: string;
  readonly chart: ChartName;
}

export interface PanelData {
  readonly title: string;
  readonly runs: readonly string[];
  readonly facts: readonly string[];
  readonly analyses: readonly RunAnalysis[];
}

/** What the host offers to a panel. */
export interface PanelHostApi {
  /** Asked when the panel is ready and whenever its state changes; rejects with a failure to be shown in it. */
  load(state: PanelState): Promise<PanelData>;
  /** Shows a run or a fact in the probe file. */
  reveal(target: { readonly run?: string; readonly fact?: string; readonly probe?: string }): Promise<void>;
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
