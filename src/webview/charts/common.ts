import type { ChartConfiguration, ChartDataset, ChartOptions } from 'chart.js';
import type { GroupAnalysis } from '../../core/dynamics/analysis';
import type { Colours } from '../colours';
import { styleOf } from './series';

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
  const missing = (index: number) => Number.isNaN(data[index]?.y ?? Number.NaN);
  const name = group.label;
  return {
    label: name,
    data,
    hidden: hidden.has(name),
    borderColor: colour,
    backgroundColor: colour,
    borderWidth: 1.75,
    borderDash: [...dash],
    pointStyle: marker,
    // A point between two gaps has no line that would show it.
    pointRadius: ({ dataIndex: i }) => (i % stride === 0 || (missing(i - 1) && missing(i + 1)) ? 3 : 0),
    pointHoverRadius: 5,
    pointHitRadius: 8,
  };
}

/** Numbers and nulls as points; a null is a gap, never bridged. */
export function points(x: readonly number[], y: readonly (number | null)[]): Point[] {
  return x.map((value, index) => ({ x: value, y: y[index] ?? Number.NaN }));
}

/** What differs between charts, in words and scales. */
export interface Axes {
  readonly x: {
    readonly title: string;
    readonly type: 'linear' | 'logarithmic';
    /** A step as a tick's label; null for none. */
    readonly tick: (value: number) => string | null;
    /** A step as the heading of a point's text. */
    readonly name: (value: number) => string;
  };
  readonly y: {
    readonly title: string;
    /** Bounds that are shown at least. */
    readonly least?: readonly [number, number];
    readonly name: (value: number) => string;
  };
}

/** What all charts share: no animation (they stream), theme colours, a line of text for each point. */
export function optionsFor({ x, y }: Axes, { colours, onPoint }: Drawing): ChartOptions<'line'> {
  const font = { family: colours.font };
  const axis = (title: string, tick: (value: number) => string | null) => ({
    title: { display: true, text: title, color: colours.foreground, font },
    ticks: {
      color: colours.muted,
      font,
      maxRotation: 0,
      callback: (value: number | string) => tick(Number(value)),
    },
    grid: { color: colours.lines, lineWidth: 0.3 },
    border: { color: colours.lines },
  });
  const [suggestedMin, suggestedMax] = y.least ?? [];
  return {
    animation: false,
    parsing: false,
    normalized: true,
    responsive: true,
    maintainAspectRatio: false,
    interaction: { mode: 'nearest', axis: 'xy', intersect: false },
    onClick: (_event, hit) => {
      if (hit.length > 0) onPoint();
    },
    scales: {
      x: { ...axis(x.title, x.tick), type: x.type },
      y: {
        ...axis(y.title, roundNumber),
        ...(suggestedMin !== undefined && { suggestedMin }),
        ...(suggestedMax !== undefined && { suggestedMax }),
      },
    },
    plugins: {
      // Beneath every line, not only beneath their own.
      filler: { drawTime: 'beforeDatasetsDraw' },
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
          title: ([item]) => x.name(item?.parsed.x ?? Number.NaN),
          label: ({ dataset, parsed }) => `${dataset.label ?? ''}: ${y.name(parsed.y ?? Number.NaN)}`,
        },
      },
    },
  };
}

/** A round number of an axis, with a real minus sign. */
function roundNumber(value: number): string {
  return String(Number(value.toPrecision(6))).replace('-', '−');
}
