import { FailureError } from '../../core/failure';
import type { Column, MeasuredProbe } from '../../core/results/measured/log';

/** Rows in the order of the file. */
export interface Rows {
  readonly series: Uint32Array;
  readonly places: Float64Array;
  readonly steps: Float64Array;
}

/** For each cell 1 + the number of its row, 0 where there is none; how many rows say what another has said. */
export function placeRows(
  { series, places, steps }: Rows,
  ascending: Float64Array,
  probes: readonly MeasuredProbe[],
  said: readonly (Float64Array | Uint32Array)[],
  { file, word }: { readonly file: string; readonly word: string },
): { readonly rowAt: Uint32Array; readonly same: number } {
  const indexOf = new Map(Array.from(ascending, (step, i) => [step, i]));
  const rowAt = new Uint32Array(ascending.length * probes.length);
  let same = 0;
  for (let row = 0; row < steps.length; row++) {
    const at = series[row]! * ascending.length + indexOf.get(steps[row]!)!;
    const before = rowAt[at]! - 1;
    if (before === -1) rowAt[at] = row + 1;
    else if (said.every((each) => Object.is(each[before], each[row]))) same++;
    else {
      const { fact, probe } = probes[series[row]!]!;
      throw new FailureError({
        code: 'duplicate-row',
        message: `${fact}/${probe} has two different rows at step ${steps[row]!}.`,
        file,
        place: `${word} ${places[before]!} and ${word} ${places[row]!}`,
        remedy: 'Keep one of the two; several runs need a column “run” and --run.',
      });
    }
  }
  return { rowAt, same };
}

/** A column of numbers by cells. */
export function columnOf(rowAt: Uint32Array, values: Float64Array, missing: Uint32Array): Column {
  const out = { values: new Float64Array(rowAt.length).fill(NaN), missing: new Uint8Array(rowAt.length) };
  let any = false;
  for (const [at, row] of rowAt.entries()) {
    if (row > 0 && missing[row - 1] === 0) out.values[at] = values[row - 1]!;
    else {
      out.missing[at] = 1;
      any = true;
    }
  }
  return { values: out.values, missing: any ? out.missing : undefined };
}

/** Whether there is any number. */
export function isGiven({ missing }: Column): boolean {
  return missing === undefined || missing.includes(0);
}
