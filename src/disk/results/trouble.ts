import { FailureError, type Failure } from '../../core/failure';

const REMEDY = 'Put the results elsewhere: setting knowledgeProbes.results.folder, or --results DIR.';

const KNOWN: Readonly<Record<string, readonly [message: string, remedy: string]>> = {
  ENOSPC: [
    'The disk is full; what was scored before is kept.',
    'Free some space and score again: only what is missing is scored.',
  ],
  EDQUOT: [
    'The disk quota is used up; what was scored before is kept.',
    'Free some space and score again: only what is missing is scored.',
  ],
  EACCES: ['The results folder cannot be written to.', REMEDY],
  EPERM: ['The results folder cannot be written to.', REMEDY],
  EROFS: ['The results folder is on a read-only file system.', REMEDY],
  ENAMETOOLONG: ['The path of the results folder is too long.', REMEDY],
  ENOTDIR: ['Something that is no folder stands where results should go.', REMEDY],
  EEXIST: ['Something that is no folder stands where results should go.', REMEDY],
};

/** A file system's error while writing results, as what a person can act on. */
export function writeFailure(error: unknown, file: string): FailureError {
  if (error instanceof FailureError) return error;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const [message, remedy] = KNOWN[code] ?? ['The results could not be written.', REMEDY];
  return new FailureError(
    { code: 'results-write', message, file, ...(code !== '' && { place: code }), remedy },
    { cause: error },
  );
}

/** The same while reading. */
export function readFailure(error: unknown, file: string): Failure {
  if (error instanceof FailureError) return error.failure;
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  return {
    code: 'results-read',
    message: 'Results could not be read.',
    file,
    place: code,
    remedy: 'Check that the file and its folder may be read; other results are not affected.',
  };
}

export function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
