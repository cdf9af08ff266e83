import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { Worker } from 'node:worker_threads';

/** Bytes of a file that is worth a thread: they take about as long as its start. */
const LARGE = 32 << 20;

export interface HashOptions {
  /** Bytes of the file. */
  readonly size: number;
  /** Ends hashing, which then throws. */
  readonly signal?: AbortSignal | undefined;
  /** Called where it takes a while, once it goes on by itself: this thread may do something else, and may be held up. */
  readonly onLong?: (() => void) | undefined;
}

/** SHA-256 of a file's bytes, hex; of a large file in a thread of its own. @throws system errors; the signal's reason */
export async function sha256Of(path: string, { size, signal, onLong }: HashOptions): Promise<string> {
  if (size >= LARGE) return inThread(path, signal, onLong);
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash, { signal });
  return hash.digest('hex');
}

/** Given as text: the thread starts wherever this module has been bundled to. */
const THREAD = `
const { createHash } = require('node:crypto');
const { createReadStream } = require('node:fs');
const { pipeline } = require('node:stream/promises');
const { parentPort, workerData } = require('node:worker_threads');
const hash = createHash('sha256');
pipeline(createReadStream(workerData, { highWaterMark: 1 << 20 }), hash).then(
  () => parentPort.postMessage({ sha256: hash.digest('hex') }),
  ({ message, code }) => parentPort.postMessage({ message, code }),
);
`;

type Answer = { readonly sha256: string } | { readonly message: string; readonly code: string | undefined };

async function inThread(
  path: string,
  signal: AbortSignal | undefined,
  onLong: (() => void) | undefined,
): Promise<string> {
  const thread = new Worker(THREAD, { eval: true, workerData: path });
  try {
    const answered = once(thread, 'message', { signal });
    onLong?.();
    const [answer] = (await answered) as [Answer];
    if ('sha256' in answer) return answer.sha256;
    throw Object.assign(new Error(answer.message), { code: answer.code });
  } finally {
    await thread.terminate();
  }
}
