import { Socket } from 'node:net';
import { isMainThread, Worker, workerData } from 'node:worker_threads';

/**
 * A thread beside the scorer's own. A model that never comes back holds the process's event loop, so that it would not
 * even learn that its parent is gone, and would run on for ever with nobody to end it.
 *
 * Standard input is a pipe into which nothing is ever written. The system closes it with whoever holds its other end: a
 * process, however it ends, or a thread of a process that lives on, as an editor's does.
 */

const NAME = 'guard of the scorer';
const LOOK_EVERY_MS = 1000;

export interface GuardOptions {
  /** Process id of the parent. */
  readonly parent: number;
  /** Milliseconds that the process has to end by itself once the parent is gone. */
  readonly graceMs: number;
}

/** Starts the thread. @param script the program that calls {@link guardHere} first */
export function startGuard(script: string, options: GuardOptions): void {
  try {
    const worker = new Worker(script, { workerData: { name: NAME, ...options } });
    worker.on('error', () => undefined).unref();
  } catch {
    // Without a guard scoring works all the same.
  }
}

/** In the thread: watches, and returns true; elsewhere false. */
export function guardHere(): boolean {
  const data = workerData as (GuardOptions & { readonly name?: string }) | null;
  if (isMainThread || data?.name !== NAME) return false;
  const gone = (): void => {
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), data.graceMs);
  };
  watchInput(gone);
  // A process that was started in between may hold the pipe open too.
  setInterval(() => {
    if (!isAlive(data.parent)) gone();
  }, LOOK_EVERY_MS);
  return true;
}

/** @param closed told when the other end of standard input is closed; never where it is no pipe */
function watchInput(closed: () => void): void {
  try {
    const input = new Socket({ fd: 0, readable: true, writable: false });
    input
      .on('error', () => undefined)
      .on('close', closed)
      .resume();
  } catch {
    // The parent's process id is left.
  }
}

function isAlive(parent: number): boolean {
  // A child whose parent has died gets another one, except on Windows.
  if (process.ppid !== parent) return false;
  try {
    process.kill(parent, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
