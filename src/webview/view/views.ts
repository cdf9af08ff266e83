import type { GroupAnalysis, RunAnalysis } from '../../core/dynamics/analysis';
import { describeMissing } from '../../core/dynamics/missing';
import type { ChartName } from '../../protocol/panel';
import type { Drawing, LineChart } from '../charts/common';
import { kernelChart } from '../charts/kernel';
import { retentionChart } from '../charts/retention';
import { trajectoriesChart } from '../charts/trajectories';
import {
  effectivityTable,
  encounterTable,
  exponentialTable,
  fitTable,
  kernelCurveTables,
  kernelTable,
  retentionTable,
  trajectoryTable,
  type Table,
} from '../numbers/tables';

/** What stands in a run's section. */
export interface View {
  readonly name: string;
  readonly chart: (analysis: RunAnalysis, drawing: Drawing) => LineChart;
  /** Whether the group is in the chart. */
  readonly isDrawn: (group: GroupAnalysis) => boolean;
  /** What is drawn beside the lines of the legend. */
  readonly key: string;
  readonly tables: (analysis: RunAnalysis) => readonly Table[];
  /** The chart's own numbers. */
  readonly numbers: (analysis: RunAnalysis) => readonly Table[];
  /** Why figures are missing. */
  readonly missing: (groups: readonly GroupAnalysis[]) => readonly string[];
  /** Said where no group is drawn. */
  readonly nothing: string;
}

/** Of each chart, in the order of the toolbar. */
export const VIEWS: Readonly<Record<ChartName, View>> = {
  trajectories: {
    name: 'Trajectories',
    chart: trajectoriesChart,
    isDrawn: () => true,
    key: 'Dashed uprights: encounters.',
    tables: (analysis) => [effectivityTable(analysis)],
    numbers: (analysis) => [trajectoryTable(analysis), encounterTable(analysis)],
    // What stands behind mean R may be too little for it and enough for effectivity.
    missing: (groups) =>
      describeMissing(
        groups.filter(({ interval }) => interval === null),
        ['interval'],
      ),
    nothing: 'No scores to show for this run yet.',
  },
  retention: {
    name: 'Retention',
    chart: retentionChart,
    isDrawn: ({ retention }) => retention !== null,
    key: 'Thin dotted lines: fits, where they were fitted. Shaded: 95 % intervals of mean R.',
    tables: (analysis) => [fitTable(analysis), kernelTable(analysis), exponentialTable(analysis)],
    numbers: (analysis) => [retentionTable(analysis)],
    missing: (groups) =>
      describeMissing(
        groups.filter(({ retention }) => retention !== null),
        ['fit', 'kernel', 'interval'],
      ),
    nothing: 'No retention to show for this run yet: it needs scores before and after the last encounter.',
  },
  kernel: {
    name: 'Kernel',
    chart: kernelChart,
    isDrawn: ({ kernel }) => kernel?.curve != null,
    key: 'Points: what was measured, without the mean of the controls where there are any. Lines: the kernel’s model, from each peak to the next encounter. Dashed uprights: encounters. Diamonds: the learnability threshold after the last peak, where nothing is left, as far as the chart goes.',
    tables: (analysis) => [kernelTable(analysis)],
    numbers: kernelCurveTables,
    missing: (groups) => describeMissing(groups, ['kernel']),
    nothing: 'No kernel to show for this run yet.',
  },
};
