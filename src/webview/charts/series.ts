import type { PointStyle } from 'chart.js';
import type { GroupAnalysis } from '../../core/dynamics/analysis';
import type { Condition, ProbeKind } from '../../core/probes/model';
import type { Colours } from '../colours';

/** Dashes tell the kind of probe; several kinds together are as unbroken as the first. */
const DASHES: Readonly<Record<ProbeKind, readonly number[]>> = {
  memorization: [],
  semantic: [8, 4],
  composition: [2, 3],
};

/** Markers tell the condition, as colours do: nothing is told by colour alone. */
const MARKERS: Readonly<Record<Condition | 'none', PointStyle>> = {
  paraphrase: 'circle',
  duplication: 'rect',
  once: 'triangle',
  control: 'crossRot',
  none: 'rectRot',
};

/** How a group is drawn. */
export interface GroupStyle {
  readonly colour: string;
  /** Lengths of strokes and gaps, CSS pixels; empty for an unbroken line. */
  readonly dash: readonly number[];
  readonly marker: PointStyle;
}

export function styleOf(
  { condition, kind }: Pick<GroupAnalysis, 'condition' | 'kind'>,
  colours: Colours,
): GroupStyle {
  return {
    colour: colours.series[condition ?? 'none'],
    dash: DASHES[kind ?? 'memorization'],
    marker: MARKERS[condition ?? 'none'],
  };
}
