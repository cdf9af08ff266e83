import { InvalidArgumentError } from 'commander';
import type { Kernel } from '../../../core/dynamics/kernel';

/** A finite number above 0. @throws InvalidArgumentError, which commander tells the user */
export function positive(text: string): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (!(value > 0 && value < Infinity)) throw new InvalidArgumentError('It has to be a number above 0.');
  return value;
}

/** A whole number, also written as 1e5. @throws InvalidArgumentError */
export function amount(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? NaN : Number(text);
    if (!Number.isSafeInteger(value) || value < least || value > most)
      throw new InvalidArgumentError(
        `It has to be a whole number of at least ${least}${most < Number.MAX_SAFE_INTEGER ? ` and at most ${most}` : ''}, for example 1e5.`,
      );
    return value;
  };
}

/** The kernel that loses a per tenfold of steps and reaches 0 at the threshold. */
export function kernelFrom(a: number, threshold: number): Kernel {
  return { a, b: a * Math.log10(threshold) };
}
