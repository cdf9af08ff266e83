import { FailureError } from '../../failure';
import { PROBE_KIND_OF, PROBES_PER_EXAMPLE, type PaperKind, type PaperPart } from './publishedLog';

/** The exceptions with which the published code ends where its input does not fit. */
export type PythonError =
  'TypeError' | 'ValueError' | 'IndexError' | 'KeyError' | 'ZeroDivisionError' | 'LinAlgError';

/**
 * The published code would end here with an exception. Nothing is made up in its place: its figures are only worth
 * having when they are its own.
 * @param reason a sentence without its full stop
 */
export function stops(
  code: string,
  reason: string,
  error: PythonError,
  { place, remedy }: { readonly place?: string; readonly remedy?: string } = {},
): FailureError {
  return new FailureError({
    code: `paper-${code}`,
    message: `${reason}; the published code stops there with a ${error}.`,
    ...(place === undefined ? {} : { place }),
    ...(remedy === undefined ? {} : { remedy }),
  });
}

/** A probe's series in one column of the log. */
export interface Place {
  readonly kind: PaperKind;
  readonly part: PaperPart;
  /** example · 5 + probe */
  readonly series: number;
}

/** As people say it: "semantic probe 2 of example 17, target". Both count from 0, as in the log. */
export function describePlace({ kind, part, series }: Place): string {
  const [example, probe] = exampleAndProbe(series);
  return `${PROBE_KIND_OF[kind]} probe ${probe} of example ${example}, ${part}`;
}

/** As it stands in the log: `entry 907, gen_target[17][2]`. */
export function logPlace({ kind, part, series }: Place, entry: number): string {
  const [example, probe] = exampleAndProbe(series);
  return `entry ${entry}, ${kind}_${part}[${example}][${probe}]`;
}

function exampleAndProbe(series: number): [example: number, probe: number] {
  return [Math.floor(series / PROBES_PER_EXAMPLE), series % PROBES_PER_EXAMPLE];
}
