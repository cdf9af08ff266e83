import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { FailureError, type Failure } from '../../core/failure';
import type { MeasuredLog, MeasuredProbe } from '../../core/results/measured/log';
import type { ValueColumn } from '../../core/results/measured/columns';
import { decodeMeasured } from '../../core/results/measured/decode';
import { logDamaged, readMeasuredFooter } from '../../core/results/measured/footer';
import { readEnd, type ByteSource } from '../../core/results/measured/source';
import type { MeasuredMetadata } from '../../core/results/measured/metadata';
import { isMissing, readFailure } from '../results/trouble';

/** The one file of numbers in the folder that a run's `log` names. */
export const LOG_FILE = 'log.parquet';

/** An imported log, read back. */
export interface StoredLog {
  readonly log: MeasuredLog;
  readonly metadata: MeasuredMetadata;
}

/** Logs read before, by folder: after a change only what is new is read. */
export type LogCache = Map<
  string,
  { readonly stamp: string; readonly outcome: Promise<StoredLog | Failure> }
>;

export interface ReadStoredLog {
  /** For one choice of columns. */
  readonly cache?: LogCache;
  /** All when not given. */
  readonly columns?: readonly ValueColumn[];
}

/**
 * Reads the log that a run names.
 * @param folder absolute path
 * @returns the log, or why it cannot be read: `log-missing`, `log-not-imported` (a file, such as the published JSON),
 * `log-damaged`, `log-foreign`, `log-newer`, `results-read`
 */
export async function readLog(
  folder: string,
  { cache, columns }: ReadStoredLog = {},
): Promise<StoredLog | Failure> {
  const file = join(folder, LOG_FILE);
  try {
    const { size, mtimeMs, ino } = await stat(file);
    const stamp = `${size} ${mtimeMs} ${ino}`;
    const cached = cache?.get(folder);
    if (cached?.stamp === stamp) return await cached.outcome;
    // Kept before it is there: editor and panel ask at the same time, and a long log takes a second.
    const outcome = decode(file, columns);
    cache?.set(folder, { stamp, outcome });
    return await outcome;
  } catch (error) {
    cache?.delete(folder);
    return isMissing(error) ? missing(folder) : readFailure(error, file);
  }
}

async function decode(file: string, columns?: readonly ValueColumn[]): Promise<StoredLog | Failure> {
  try {
    return await withSource(file, async (source) => decodeMeasured(source, file, crc32, columns));
  } catch (error) {
    if (error instanceof FailureError) return error.failure;
    throw error;
  }
}

/** Opens a file for as long as `use` takes. @throws FailureError `log-damaged` where it becomes shorter meanwhile */
async function withSource<T>(file: string, use: (source: ByteSource) => Promise<T>): Promise<T> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    // One for all: fresh memory costs more than what is read into it.
    let buffer = new Uint8Array();
    return await use({
      size,
      async read(at, length) {
        if (buffer.length < length) buffer = new Uint8Array(length);
        for (let done = 0; done < length;) {
          const { bytesRead } = await handle.read(buffer, done, length - done, at + done);
          if (bytesRead === 0) throw logDamaged(file, 'it became shorter while it was read');
          done += bytesRead;
        }
        return buffer.subarray(0, length);
      },
    });
  } finally {
    await handle.close();
  }
}

/**
 * Looks whether there is a log in a folder, and which probes it has, without reading its numbers.
 * @returns the ids, or why it cannot be read, as {@link readLog} says it
 */
export async function lookIntoLog(folder: string): Promise<readonly MeasuredProbe[] | Failure> {
  const file = join(folder, LOG_FILE);
  try {
    const footer = await withSource(file, readEnd);
    return readMeasuredFooter(footer, file).probes;
  } catch (error) {
    if (error instanceof FailureError) return error.failure;
    return isMissing(error) ? missing(folder) : readFailure(error, file);
  }
}

/** Why there is no log in a folder, by what is there instead. */
async function missing(folder: string): Promise<Failure> {
  const there = await stat(folder).catch(() => undefined);
  if (there === undefined)
    return {
      code: 'log-missing',
      message: 'The log of this run is not there.',
      file: folder,
      remedy: 'Bring it in: knowledge-probes import LOG --out FOLDER; or correct “log:”.',
    };
  return {
    code: 'log-not-imported',
    message: there.isDirectory()
      ? 'There is no imported log in this folder.'
      : '“log:” names the folder of an imported log, and this is a file.',
    file: folder,
    remedy: `Import it first and name the folder: knowledge-probes import ${there.isDirectory() ? 'LOG' : folder} --out NAME.scores`,
  };
}
