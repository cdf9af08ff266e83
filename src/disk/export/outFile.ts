import { randomUUID } from 'node:crypto';
import { realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { FailureError } from '../../core/failure';

export interface OutFileOptions {
  /** Whether a file that stands there already may be replaced. */
  readonly force: boolean;
}

/**
 * Makes a file that a user has named: whole or not at all, and no other file is lost unless that is wished.
 * @param write makes the file under a temporary name beside it
 * @throws FailureError `out-exists`, `out-no-file` (a folder, a pipe, a device), `out-write`, and what `write` throws
 */
export async function writeOutFile(
  path: string,
  { force }: OutFileOptions,
  write: (temporary: string) => Promise<void>,
): Promise<void> {
  // Through a link one writes the file itself.
  const target = await realpath(path).catch(() => resolve(path));
  const there = await stat(target).catch(() => undefined);
  if (there !== undefined && !there.isFile())
    throw failure('out-no-file', path, 'Something that is no file stands there.', 'Name another file.');
  if (there !== undefined && !force)
    throw failure('out-exists', path, 'There is such a file already.', 'Name another one, or add --force.');
  const temporary = join(dirname(target), `.${randomUUID()}.tmp`);
  try {
    await write(temporary);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    const code = (error as NodeJS.ErrnoException).code;
    if (error instanceof FailureError || code === undefined) throw error;
    throw new FailureError(
      {
        code: 'out-write',
        message: 'This file cannot be written.',
        file: path,
        place: code,
        remedy: 'Check that its folder is there and may be written to, or name another file.',
      },
      { cause: error },
    );
  }
}

function failure(code: string, file: string, message: string, remedy: string): FailureError {
  return new FailureError({ code, message, file, remedy });
}
