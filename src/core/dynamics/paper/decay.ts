import { byKind, PROBE_KIND_OF, type PaperKind } from './publishedLog';
import { stops } from './stops';

/** Curves by condition and kind, index t: mean retainability in per cent, t entries after the peak. */
export type CurveSet = Readonly<Record<string, Readonly<Record<PaperKind, ArrayLike<number>>>>>;

export interface DecayOptions {
  /** Fit 1 − R, the share lost. */
  readonly reverse?: boolean;
  /** Tokens on the x axis instead of entries. */
  readonly tokensPerStep?: number;
}

/** Ordinary least squares of R (a fraction) against log10 t. */
export interface PaperDecay {
  readonly slope: number;
  /** −slope: the share lost per tenfold. */
  readonly decayConstant: number;
  /** Of the slope; null of two points. Descriptive only: the residuals are autocorrelated. */
  readonly standardError: number | null;
  /** Null of a curve that does not vary. */
  readonly r2: number | null;
  /** log10 t at which the line reaches 0; null of a level line. */
  readonly xIntercept: number | null;
  readonly intercept: number;
  /** Points that the line goes through: t ≥ 1, without the dropped ones. */
  readonly points: number;
}

/**
 * The decay fits of the published code.
 * @throws FailureError where the published code ends with an exception; of one point it always does here, though with
 * tokens on the axis numpy would warn and draw some line through it
 */
export function paperDecay(
  curves: CurveSet,
  options: DecayOptions = {},
): Record<string, Record<PaperKind, PaperDecay>> {
  // The x axis of all curves has the length of this one.
  const length = curves['duplication']?.mem.length;
  if (length === undefined)
    throw stops('no-duplication', 'There is no curve of the condition duplication', 'KeyError');
  return Object.fromEntries(
    Object.entries(curves).map(([condition, byItsKind]) => [
      condition,
      byKind((kind) => {
        const whose = `${condition}, ${PROBE_KIND_OF[kind]}`;
        if (byItsKind[kind].length > length)
          throw stops('lengths', `The curve of ${whose}, is longer than that of duplication`, 'IndexError');
        return decay(Array.from(byItsKind[kind]).slice(1), whose, options);
      }),
    ]),
  );
}

/** @param curve from t = 1 on, per cent */
function decay(
  curve: readonly number[],
  whose: string,
  { reverse = false, tokensPerStep = 1 }: DecayOptions,
): PaperDecay {
  if (curve.length === 0)
    throw stops('too-short', `The curve of ${whose}, has no point after t = 0`, 'IndexError');
  // Quirk 7: a curve that begins below 0 is turned over as a whole, and what is exactly −1 is dropped.
  const sign = curve[0]! < 0 ? -1 : 1;
  const points = curve
    .map((percent, i) => ({
      x: Math.log10((i + 1) * tokensPerStep),
      y: (reverse ? 100 - sign * percent : sign * percent) / 100,
    }))
    .filter(({ y }) => y !== -1);
  if (points.length === 0)
    throw stops('nothing-left', `All points of the curve of ${whose}, are −1 and dropped`, 'TypeError');
  if (points.length === 1)
    throw stops('too-short', `The curve of ${whose}, has one point to fit a line to`, 'LinAlgError');
  return leastSquares(points);
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** @param points at least two, with different x */
function leastSquares(points: readonly Point[]): PaperDecay {
  const n = points.length;
  const meanX = sum(points, ({ x }) => x) / n;
  const meanY = sum(points, ({ y }) => y) / n;
  const sxx = sum(points, ({ x }) => (x - meanX) ** 2);
  const slope = sum(points, ({ x, y }) => (x - meanX) * (y - meanY)) / sxx;
  const intercept = meanY - slope * meanX;
  const residual = sum(points, ({ x, y }) => (y - (slope * x + intercept)) ** 2);
  const total = sum(points, ({ y }) => (y - meanY) ** 2);
  return {
    slope,
    decayConstant: -slope,
    standardError: n > 2 ? Math.sqrt(residual / (n - 2)) / Math.sqrt(sxx) : null,
    r2: total > 0 ? 1 - residual / total : null,
    xIntercept: slope === 0 ? null : -intercept / slope,
    intercept,
    points: n,
  };
}

/**
 * With the rounding error carried along (Neumaier): an intercept may be a thousandth of the terms that it is the
 * difference of, and the rounding of a plain sum would be seen in its twelfth figure.
 */
function sum(points: readonly Point[], of: (point: Point) => number): number {
  let total = 0;
  let lost = 0;
  for (const point of points) {
    const term = of(point);
    const next = total + term;
    lost += Math.abs(total) >= Math.abs(term) ? total - next + term : term - next + total;
    total = next;
  }
  return total + lost;
}

/**
 * Tokens a step by the file's name, the published rule of `--tokens` (quirk 7): batches of 128 or 512 sequences of 2,048
 * tokens.
 * @returns undefined where the name has neither number: the published code then leaves steps on the axis
 */
export function tokensPerStepByName(name: string): number | undefined {
  if (name.includes('128')) return 128 * 2048;
  return name.includes('512') ? 512 * 2048 : undefined;
}
