import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { FailureError } from '../../core/failure';
import { readFailure } from '../results/trouble';

export interface ReadLogOptions {
  /** Bytes of the file read so far, and all of them. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Stops the reading with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Bytes read at a time. */
  readonly chunkSize?: number;
}

/** A file that is read from its beginning, as often as one likes; gzip is unpacked. */
export interface LogSource {
  /** Absolute path. */
  readonly file: string;
  /** Bytes on the disk. */
  readonly size: number;
  /** @throws FailureError `log-unreadable`, `log-damaged` for broken gzip; the signal's reason */
  chunks(options?: ReadLogOptions): AsyncGenerator<Uint8Array>;
}

const CHUNK = 1 << 20;

/** @throws FailureError `log-unreadable` where there is no such file or it may not be read */
export async function openSource(file: string): Promise<LogSource> {
  const { size, zipped } = await look(file);
  return { file, size, chunks: (options = {}) => chunksOf(file, size, zipped, options) };
}

async function look(file: string): Promise<{ size: number; zipped: boolean }> {
  try {
    const there = await stat(file);
    if (!there.isFile())
      throw unreadable(file, there.isDirectory() ? 'It is a folder' : 'It is no ordinary file');
    const handle = await open(file);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0).finally(() => handle.close());
    return { size: there.size, zipped: bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b };
  } catch (error) {
    if (error instanceof FailureError) throw error;
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw missing ? unreadable(file, 'There is no such file') : new FailureError(readFailure(error, file));
  }
}

async function* chunksOf(
  file: string,
  size: number,
  zipped: boolean,
  { onProgress, signal, chunkSize = CHUNK }: ReadLogOptions,
): AsyncGenerator<Uint8Array> {
  const raw = createReadStream(file, { highWaterMark: chunkSize });
  // Its errors come out at the other end.
  const content = zipped ? pipeline(raw, createGunzip({ chunkSize: CHUNK }), () => undefined) : raw;
  try {
    for await (const chunk of content as AsyncIterable<Uint8Array>) {
      signal?.throwIfAborted();
      onProgress?.(raw.bytesRead, size);
      yield chunk;
    }
  } catch (error) {
    if (error instanceof FailureError || signal?.aborted === true) throw error;
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!code.startsWith('Z_')) throw error;
    throw new FailureError({
      code: 'log-damaged',
      message: 'The file cannot be unpacked: its gzip data are damaged or cut off.',
      file,
      place: code,
      remedy: 'Copy it again, or unpack it with another program.',
    });
  } finally {
    raw.destroy();
  }
}

function unreadable(file: string, why: string): FailureError {
  return new FailureError({
    code: 'log-unreadable',
    message: `${why}.`,
    file,
    remedy: 'Name a training log: the published JSON, JSONL, CSV or Parquet.',
  });
}
