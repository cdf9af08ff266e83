import * as path from 'node:path';
import { Worker } from 'node:worker_threads';
import type * as vscode from 'vscode';
import { FailureError } from '../../core/failure';
import { connect } from '../../protocol/rpc';
import type { Disposable } from '../disposable';

type Connection<Remote extends object> = ReturnType<typeof connect<Remote, object>>;

/** A worker thread that starts at the first call and, when it has died, again at the next one. */
export interface Thread<Remote extends object> extends Disposable {
  /** The worker's functions. Calls that are pending when it dies reject with `worker-died`. */
  readonly remote: () => Connection<Remote>;
  readonly running: boolean;
}

/**
 * @param file absolute path of the worker's bundle
 * @param local what the worker may call
 * @param died told when the worker has ended without being asked to, and after how long (ms)
 */
export function createThread<Remote extends object>(
  file: string,
  local: object,
  log: Pick<vscode.LogOutputChannel, 'error' | 'warn' | 'debug'>,
  died: (livedMs: number) => void = () => undefined,
): Thread<Remote> {
  const name = path.basename(file);
  let live: { readonly worker: Worker; readonly connection: Connection<Remote> } | undefined;

  const start = () => {
    const since = Date.now();
    const worker = new Worker(file, { name });
    const connection = connect<Remote, object>(
      {
        post: (message) => {
          worker.postMessage(message);
        },
        listen: (receive) => {
          worker.on('message', receive);
        },
      },
      local,
    );
    const started = { worker, connection };
    let reason = '';
    worker.on('error', (error) => {
      reason = error instanceof Error ? error.message : String(error);
      log.error(`${name}: ${error instanceof Error ? (error.stack ?? reason) : reason}`);
    });
    worker.on('exit', () => {
      connection.$close(
        new FailureError({
          code: 'worker-died',
          message: `A helper of Knowledge Probes (${name}) has stopped${reason === '' ? '' : `: ${reason}`}.`,
          remedy: 'It is started again with the next action.',
        }),
      );
      if (live !== started) return;
      live = undefined;
      log.warn(`${name} has stopped; it is started again when it is needed`);
      died(Date.now() - since);
    });
    log.debug(`${name} started`);
    return started;
  };

  return {
    remote: () => (live ??= start()).connection,
    get running() {
      return live !== undefined;
    },
    dispose: () => {
      const ending = live;
      live = undefined;
      void ending?.worker.terminate();
    },
  };
}
