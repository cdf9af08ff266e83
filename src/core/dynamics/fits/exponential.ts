/** An exponential through points, A·exp(−λ·t), by least squares. */
export interface Exponential {
  readonly amplitude: number;
  /** λ, per unit of t. */
  readonly rate: number;
  /** 1 − SSR/SST. */
  readonly r2: number;
  /** √(SSR/n). */
  readonly rmse: number;
  /** Standard error of λ, from the Jacobian: √(SSR/(n−2) · ((JᵀJ)⁻¹)_λλ), as SciPy's curve_fit has it. */
  readonly standardError: number;
}

/** Rates tried for each decade of them, to find the lowest valley. */
const RATES_A_DECADE = 10;
/** Fall between two neighbouring points, in logarithms, that leaves nothing of the second: no faster rate differs. */
const STEEPEST = 30;
/** Fall over all points, in logarithms, that no measurement tells from none. */
const FLATTEST = 1e-6;

/**
 * Variable projection (the best A for a rate has a closed form) over a grid of rates of both signs finds the lowest
 * valley, Gauss–Newton its floor.
 * @param t ascending, at least three; @param y as many, not all the same
 * @returns undefined where the best curve is a spike at the first or the last point
 */
export function exponentialFit(t: readonly number[], y: readonly number[]): Exponential | undefined {
  const n = t.length;
  const [first, last] = [t[0]!, t.at(-1)!];
  const fall = STEEPEST / (t[1]! - first);
  const rise = STEEPEST / (last - t[n - 2]!);
  const tried = [...rates(fall, last - first), ...rates(rise, last - first).map((rate) => -rate)];
  const start = tried
    .map((rate) => project(t, y, rate))
    .reduce((best, each) => (each.ssr < best.ssr ? each : best), project(t, y, 0));
  const best = descend(t, y, start);
  // Rounding may leave the grid’s last rate a hair short of its end.
  if (best.rate > 0.99 * fall || best.rate < -0.99 * rise) return undefined;
  const mean = y.reduce((sum, each) => sum + each, 0) / n;
  const sst = y.reduce((sum, each) => sum + (each - mean) ** 2, 0);
  return {
    amplitude: best.height * Math.exp(best.rate * origin(t, best.rate)),
    rate: best.rate,
    r2: 1 - best.ssr / sst,
    rmse: Math.sqrt(best.ssr / n),
    standardError: Math.sqrt((best.ssr / (n - 2)) * normal(t, y, best).inverse),
  };
}

/** Positive rates from the flattest to the steepest, evenly in logarithms. */
function rates(steepest: number, span: number): number[] {
  const flattest = FLATTEST / span;
  const count = Math.ceil(Math.log10(steepest / flattest) * RATES_A_DECADE);
  return Array.from({ length: count + 1 }, (_, i) => flattest * (steepest / flattest) ** (i / count));
}

interface Candidate {
  readonly rate: number;
  /** Of the curve at its {@link origin}. */
  readonly height: number;
  readonly ssr: number;
}

/** Where the curve is highest: no power of e exceeds 1 there. */
function origin(t: readonly number[], rate: number): number {
  return rate >= 0 ? t[0]! : t.at(-1)!;
}

/** The best height for a rate. */
function project(t: readonly number[], y: readonly number[], rate: number): Candidate {
  const from = origin(t, rate);
  let [ye, ee] = [0, 0];
  for (let i = 0; i < t.length; i++) {
    const e = Math.exp(-rate * (t[i]! - from));
    ye += y[i]! * e;
    ee += e * e;
  }
  const height = ye / ee;
  let ssr = 0;
  for (let i = 0; i < t.length; i++) ssr += (y[i]! - height * Math.exp(-rate * (t[i]! - from))) ** 2;
  return { rate, height, ssr };
}

/** Gauss–Newton's step of the rate, the height projected out, and ((JᵀJ)⁻¹)_λλ. */
function normal(
  t: readonly number[],
  y: readonly number[],
  { rate, height }: Candidate,
): { readonly step: number; readonly inverse: number } {
  const from = origin(t, rate);
  let [hh, hr, rr, hy, ry] = [0, 0, 0, 0, 0];
  for (let i = 0; i < t.length; i++) {
    const lag = t[i]! - from;
    const byHeight = Math.exp(-rate * lag);
    const byRate = -height * lag * byHeight;
    const residual = y[i]! - height * byHeight;
    hh += byHeight * byHeight;
    hr += byHeight * byRate;
    rr += byRate * byRate;
    hy += byHeight * residual;
    ry += byRate * residual;
  }
  const inverse = 1 / (rr - (hr * hr) / hh);
  return { step: (ry - (hr * hy) / hh) * inverse, inverse };
}

const MOST_STEPS = 100;

function descend(t: readonly number[], y: readonly number[], start: Candidate): Candidate {
  let best = start;
  for (let i = 0; i < MOST_STEPS; i++) {
    const { step } = normal(t, y, best);
    let tried = project(t, y, best.rate + step);
    // A step that overshoots is halved as long as that is better: one that lands as far beyond the floor as it was before
    // it would swing to and fro. Where no part of it leads down, this is the floor.
    for (let share = 0.5; share > 1e-6; share /= 2) {
      const half = project(t, y, best.rate + share * step);
      if (half.ssr >= tried.ssr && tried.ssr <= best.ssr) break;
      tried = half;
    }
    if (!(tried.ssr <= best.ssr)) return best;
    const moved = Math.abs(tried.rate - best.rate);
    best = tried;
    if (moved <= 1e-14 * Math.abs(best.rate)) return best;
  }
  return best;
}
