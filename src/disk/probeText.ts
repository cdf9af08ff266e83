import { readFile } from 'node:fs/promises';
import { FailureError, toFailure, type Failure } from '../core/failure';

/** A larger text is no probe file: it would take minutes to parse. */
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * The text of a probe file on the disk.
 * @param path absolute
 * @throws FailureError `probe-file-unreadable`, `probe-file-too-large`, `probe-file-encoding`: prompts read in a wrong
 * encoding would be scored with other letters than were written
 */
export async function readProbeText(path: string): Promise<string> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new FailureError({ file: path, ...unreadable(error) }, { cause: error });
  });
  if (bytes.length > MOST_BYTES)
    throw new FailureError({
      code: 'probe-file-too-large',
      message: `This file has ${Math.round(bytes.length / 2 ** 20)} MB; a probe file has at most ${MOST_BYTES / 2 ** 20}.`,
      file: path,
      remedy: 'Split its facts into several files.',
    });
  const text = decode(bytes);
  if (text === undefined)
    throw new FailureError({
      code: 'probe-file-encoding',
      message: 'This file is not text in UTF-8.',
      file: path,
      remedy: 'If it is a probe file, save it with the encoding UTF-8.',
    });
  return text;
}

function unreadable(error: unknown): Omit<Failure, 'file'> {
  const code = 'probe-file-unreadable';
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
      return {
        code,
        message: 'There is no such probe file.',
        remedy: 'Correct the path, or put the file there.',
      };
    case 'EISDIR':
      return { code, message: 'This is a folder, not a probe file.', remedy: 'Name a file in it.' };
    default:
      return {
        code,
        message: `This probe file cannot be read: ${toFailure(error).message}.`,
        remedy: 'Check that you may read it.',
      };
  }
}

/** Undefined for what is not UTF-8; UTF-16 without a mark shows by its zeros. */
function decode(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}
