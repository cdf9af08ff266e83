import { FailureError } from '../../core/failure';
import { count } from '../../core/format';

/** What can be wrong with a log of named columns as a whole. */

export function empty(file: string): FailureError {
  return new FailureError({
    code: 'log-empty',
    message: 'The log has no rows.',
    file,
    remedy: 'Name a log that has been written to.',
  });
}

export function sparse(steps: number, probes: number, rows: number, file: string): FailureError {
  return new FailureError({
    code: 'log-sparse',
    message: `The log has ${count(steps)} steps and ${count(probes)} probes, of which ${count(rows)} are measured together; a table of all of them would be too large.`,
    file,
    remedy: 'Check that “step” and “probe” are what they should be, or import the log in parts.',
  });
}

export function unknownRun(wanted: string, runs: ReadonlySet<string>, file: string): FailureError {
  return new FailureError({
    code: 'unknown-run',
    message: `The log has no run “${wanted}”.`,
    file,
    remedy: `Its runs: ${some(runs)}.`,
  });
}

export function severalRuns(runs: ReadonlySet<string>, file: string): FailureError {
  return new FailureError({
    code: 'several-runs',
    message: `The log has ${runs.size} runs: ${some(runs)}.`,
    file,
    remedy: 'Choose one with --run, and import each into a folder of its own.',
  });
}

function some(runs: ReadonlySet<string>): string {
  return [...runs].slice(0, 8).join(', ') + (runs.size > 8 ? ', …' : '');
}
