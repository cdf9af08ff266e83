import { createHash } from 'node:crypto';
import { on } from 'node:events';
import { createReadStream } from 'node:fs';
import { Worker } from 'node:worker_threads';

/** Bytes of a file that is worth a thread: they take about as long as its start. */
const LARGE = 32 << 20;
/** Bytes read at a time. */
const AT_ONCE = 1 << 20;
/** Pieces read by a thread before it says so. */
const SAID_AFTER = 16;

/** How hashing is followed and ended. */
export interface Following {
  /** Ends hashing, which then throws. */
  readonly signal?: AbortSignal | undefined;
  /** Called where it takes a while, once it goes on by itself: this thread may do something else, and may be held up. */
  readonly onLong?: (() => void) | undefined;
  /** Called now and then: more of the file has been read. */
  readonly onRead?: (() => void) | undefined;
}

export interface HashOptions extends Following {
  /** Bytes of the file. */
  readonly size: number;
}

/** SHA-256 of a file's bytes, hex; of a large file in a thread of its own. @throws system errors; an `AbortError` */
export async function sha256Of(path: string, { size, ...following }: HashOptions): Promise<string> {
  if (size >= LARGE) return inThread(path, following);
  const { signal, onRead } = following;
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path, { highWaterMark: AT_ONCE, signal })) {
    hash.update(piece as Buffer);
    onRead?.();
  }
  return hash.digest('hex');
}

/** Given as text: the thread starts wherever this module has been bundled to. */
const THREAD = `
const { createHash } = require('node:crypto');
const { createReadStream } = require('node:fs');
const { parentPort, workerData } = require('node:worker_threads');
(async () => {
  const hash = createHash('sha256');
  let pieces = 0;
  for await (const piece of createReadStream(workerData, { highWaterMark: ${AT_ONCE} })) {
    hash.update(piece);
    if (++pieces % ${SAID_AFTER} === 0) parentPort.postMessage('read');
  }
  return hash.digest('hex');
})().then(
  (sha256) => parentPort.postMessage({ sha256 }),
  ({ message, code }) => parentPort.postMessage({ message, code }),
);
`;

type Answer =
  'read' | { readonly sha256: string } | { readonly message: string; readonly code: string | undefined };

async function inThread(path: string, { signal, onLong, onRead }: Following): Promise<string> {
  const thread = new Worker(THREAD, { eval: true, workerData: path });
  try {
    const answers = on(thread, 'message', { signal }) as AsyncIterable<[Answer]>;
    onLong?.();
    for await (const [answer] of answers) {
      if (answer === 'read') onRead?.();
      else if ('sha256' in answer) return answer.sha256;
      else throw Object.assign(new Error(answer.message), { code: answer.code });
    }
    throw new Error('The thread that hashes has said nothing.');
  } finally {
    await thread.terminate();
  }
}
