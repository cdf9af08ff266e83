import type { Kernel } from './kernel';
import { squaresOf, type ModelData, type Squares } from './model';

/** A kernel and how far the trajectories are from what it says. */
export interface KernelOptimum extends Kernel {
  readonly squares: Squares;
}

/** No share is lost faster than this a decade, nor gained. Wider bounds only let clipped fits run away. */
const STEEPEST = 10;
/** With b = 1 + 3·a a rise stays whole for a thousand steps. */
const GREATEST_B = 31;

/**
 * The kernel with the least squares. The clip makes several valleys, so that the best of a coarse grid are followed down
 * (Levenberg and Marquardt's method with the model's own derivatives).
 * @param all at least one trajectory with a point
 */
export function fitKernel(all: readonly ModelData[]): KernelOptimum {
  const starts = GRID.map((kernel) => ({ kernel, ssr: squaresOf(all, kernel).ssr }))
    .sort((one, other) => one.ssr - other.ssr)
    .slice(0, STARTS);
  return starts
    .map(({ kernel }) => refineKernel(all, kernel))
    .reduce((best, one) => (one.squares.ssr < best.squares.ssr ? one : best));
}

const STARTS = 4;

/** Kernels that reach 0 after 3 to 100 million steps, and some that never fall. */
const GRID: readonly Kernel[] = [0.5, 0.75, 1, 1.25, 1.75, 2.5].flatMap((b) => [
  { a: 0, b: Math.min(b, 0.9) },
  ...[0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 8].map((decades) => ({ a: b / decades, b })),
]);

const MOST_ITERATIONS = 100;
/** Steps of a and b smaller than this change no figure that is shown. */
const PRECISION = 1e-13;

/** Down from one kernel to the bottom of its valley. */
export function refineKernel(
  all: readonly ModelData[],
  start: Kernel,
  precision: number = PRECISION,
): KernelOptimum {
  let best: KernelOptimum = { ...start, squares: squaresOf(all, start) };
  let damping = 1e-3;
  for (let i = 0; i < MOST_ITERATIONS && damping < 1e12; i++) {
    const { aa, ab, bb, ra, rb } = best.squares;
    const da = aa * (1 + damping) + Number.MIN_VALUE;
    const db = bb * (1 + damping) + Number.MIN_VALUE;
    const determinant = da * db - ab * ab;
    const next = {
      a: clamp(best.a - (db * ra - ab * rb) / determinant, -STEEPEST, STEEPEST),
      b: clamp(best.b - (da * rb - ab * ra) / determinant, 0, GREATEST_B),
    };
    if (!Number.isFinite(next.a) || !Number.isFinite(next.b)) break;
    const squares = squaresOf(all, next);
    const moved = Math.max(Math.abs(next.a - best.a), Math.abs(next.b - best.b));
    if (squares.ssr < best.squares.ssr) {
      best = { ...next, squares };
      damping = Math.max(damping / 10, 1e-12);
    } else damping *= 10;
    if (moved < precision) break;
  }
  return best;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

/** Whether the data decide both a and b: at the optimum, enough of the model is neither clipped to 0 nor to 1. */
export function isDetermined({ squares: { aa, ab, bb } }: KernelOptimum): boolean {
  return aa * bb - ab * ab > 1e-9 * aa * bb;
}

/** Standard error of a; descriptive only, residuals are autocorrelated. @param points more than two */
export function standardErrorOfA({ squares: { ssr, aa, ab, bb } }: KernelOptimum, points: number): number {
  return Math.sqrt(((ssr / (points - 2)) * bb) / (aa * bb - ab * ab));
}
