import type { ChartConfiguration, ChartDataset, ChartOptions } from 'chart.js';
import type { GroupAnalysis } from '../../core/dynamics/analysis';
import type { Colours } from '../colours';
import { nameOf, styleOf } from './series';

/** Missing numbers are NaN: a gap in the line. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

export type LineChart = ChartConfiguration<'line', Point[]>;
export type Line = ChartDataset<'line', Point[]>;

/** More markers than this would hide the line; they are thinned out. */
const MOST_MARKERS = 24;

/** What a chart is drawn with. */
export interface Drawing {
  readonly colours: Colours;
  /** Names of the groups that are switched off. */
  readonly hidden: ReadonlySet<string>;
  /** Called at a click on a point. */
  readonly onPoint: () => void;
}

/** A group's line: colour and markers by condition, dashes by kind. */
export function groupLine(group: GroupAnalysis, data: Point[], { colours, hidden }: Drawing): Line {
  const { colour, dash, marker } = styleOf(group, colours);
  const stride = Math.ceil(data.length / MOST_MARKERS);
  const name = nameOf(group);
  return {
    label: name,
    data,
    hidden: hidden.has(name),
    borderColor: colour,
    backgroundColor: colour,
    borderWidth: 1.75,
    borderDash: [...dash],
    pointStyle: marker,
    pointRadius: ({ dataIndex }) => (dataIndex % stride === 0 ? 3 : 0),
    pointHoverRadius: 5,
    pointHitRadius: 8,
  };
}

/** Numbers and nulls as points; a null is a gap, never bridged. */
export function points(x: readonly number[], y: readonly (number | null)[]): Point[] {
  return x.map((value, index) => ({ x: value, y: y[index] ?? Number.NaN }));
}

/** What all charts share: no animation (they stream), theme colours, a line of text for each point. */
export function commonOptions(
  drawing: Drawing,
  xTitle: string,
  yTitle: string,
  describe: (label: string, point: Point, index: number) => string,
  titleOf: (x: number) => string,
): ChartOptions<'line'> & { scales: Record<'x' | 'y', object> } {
  const { colours } = drawing;
  const font = { family: colours.font };
  const axis = (text: string) => ({
    title: { display: true, text, color: colours.foreground, font },
    ticks: { color: colours.muted, font },
    grid: { color: colours.lines, lineWidth: 0.3 },
    border: { color: colours.lines },
  });
  return {
    animation: false,
    parsing: false,
    normalized: true,
    responsive: true,
    maintainAspectRatio: false,
    interaction: { mode: 'nearest', axis: 'xy', intersect: false },
    onClick: (_event, hit) => {
      if (hit.length > 0) drawing.onPoint();
    },
    scales: { x: axis(xTitle), y: axis(yTitle) },
    plugins: {
      legend: { display: false },
      tooltip: {
        backgroundColor: colours.background,
        borderColor: colours.border,
        borderWidth: 1,
        titleColor: colours.foreground,
        bodyColor: colours.foreground,
        titleFont: font,
        bodyFont: font,
        usePointStyle: true,
        callbacks: {
          title: ([item]) => (item === undefined ? '' : titleOf(item.parsed.x ?? 0)),
          label: ({ dataset, parsed, dataIndex }) =>
            describe(dataset.label ?? '', { x: parsed.x ?? 0, y: parsed.y ?? 0 }, dataIndex),
        },
      },
    },
  };
}
