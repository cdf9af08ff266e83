/**
 * What went wrong, in words a person can act on. It crosses process borders as plain data, so that the editor
 * and the command line say the same thing.
 */
export interface Failure {
  /** Stable name of the kind of failure, for example `model-missing`. */
  readonly code: string;
  /** One sentence: what happened. */
  readonly message: string;
  /** The file it happened in or with. */
  readonly file?: string;
  /** Where in that file: a line and column, an input's name, a byte offset, a step. */
  readonly place?: string;
  /** One sentence: what to do about it. */
  readonly remedy?: string;
  /** Everything else that the same is true of, where this stands for several: the message names a few of them. */
  readonly others?: readonly FailureSite[];
}

/** What a failure is true of, as in a {@link Failure}. */
export interface FailureSite {
  readonly file?: string;
  readonly place?: string;
}

/** An error that carries a {@link Failure}. Throw this for everything a user can cause or mend. */
export class FailureError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure, options?: ErrorOptions) {
    super(describeFailure(failure), options);
    this.name = 'FailureError';
    this.failure = failure;
  }
}

/** The failure in one line: message, file and place, remedy. */
export function describeFailure(failure: Failure): string {
  const where = [failure.file, failure.place].filter((part) => part !== undefined).join(', ');
  return [failure.message + (where === '' ? '' : ` (${where})`), failure.remedy]
    .filter((part) => part !== undefined)
    .join(' ');
}

/** A line for each of the others that a failure stands for. */
export function describeOthers({ others = [] }: Failure): string[] {
  return others.map(({ file, place }) => [place, file].filter((part) => part !== undefined).join(': '));
}

/** Any thrown value as a {@link Failure}; what is not one already gets the code `unexpected`. */
export function toFailure(error: unknown): Failure {
  if (error instanceof FailureError) return error.failure;
  return { code: 'unexpected', message: error instanceof Error ? error.message : String(error) };
}
