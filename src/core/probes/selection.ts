import { FailureError } from '../failure';
import type { ProbeFile, Run } from './model';

/** A part of a probe file that somebody asks for; everything when nothing is said. */
export interface Selection {
  readonly run?: string;
  readonly fact?: string;
}

/**
 * The selected runs, in the file's order.
 * @param path of the probe file, for messages
 * @throws FailureError `unknown-run`, `unknown-fact`, naming what there is
 */
export function selectedRuns(path: string, file: ProbeFile, { run, fact }: Selection): readonly Run[] {
  const ids = (of: readonly { readonly id: { readonly value: string } }[]) => of.map(({ id }) => id.value);
  if (fact !== undefined && !ids(file.facts).includes(fact))
    throw unknown('fact', fact, path, ids(file.facts));
  if (run === undefined) return file.runs;
  if (!ids(file.runs).includes(run)) throw unknown('run', run, path, ids(file.runs));
  return file.runs.filter(({ id }) => id.value === run);
}

function unknown(what: 'run' | 'fact', id: string, file: string, known: readonly string[]): FailureError {
  const some = known.slice(0, 5).join(', ') + (known.length > 5 ? ', …' : '');
  return new FailureError({
    code: `unknown-${what}`,
    message: `The probe file has no ${what} “${id}”.`,
    file,
    remedy: known.length === 0 ? `It has no ${what}s at all.` : `It has: ${some}.`,
  });
}
