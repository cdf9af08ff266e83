import { InvalidArgumentError } from 'commander';
import { resolve } from 'node:path';
import { resultsFolder } from '../disk/results/folder';
import type { Shard } from '../scoring/job/plan';

/** A whole number of at least `least`. @throws InvalidArgumentError, which commander tells the user */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text.trim()) || !Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`It has to be a whole number of at least ${least}.`);
    return value;
  };
}

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

/** Steps as `0,50,100`. @throws InvalidArgumentError */
export function stepList(text: string): readonly number[] {
  return text.split(',').map(wholeNumber(0));
}

/** A share of the checkpoints as `I/N`, 0 ≤ I < N. @throws InvalidArgumentError */
export function shard(text: string): Shard {
  const [, index, of] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  const share = { index: Number(index), of: Number(of) };
  if (of === undefined || share.of < 1 || share.index >= share.of)
    throw new InvalidArgumentError('It has to be I/N with 0 ≤ I < N, for example 0/4.');
  return share;
}

/** Absolute paths of a probe file and its results folder. `parent` is `--results`. */
export function places(file: string, parent: string | undefined): { path: string; results: string } {
  const path = resolve(file);
  return { path, results: resultsFolder(path, parent === undefined ? undefined : resolve(parent)) };
}
