import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { connect } from '../src/protocol/rpc';
import { bundle } from './bundle';

/** A worker of the extension, bundled and running in its own thread. */
export interface RunningWorker<Api extends object> {
  readonly api: ReturnType<typeof connect<Api, object>>;
  readonly stop: () => Promise<void>;
}

/** @param entry its source, from the project's root */
export async function startWorker<Api extends object>(entry: string): Promise<RunningWorker<Api>> {
  const bundled = await bundle({ worker: entry });
  const worker = new Worker(join(bundled.folder, 'worker.js'));
  const api = connect<Api, object>(
    {
      post: (message) => {
        worker.postMessage(message);
      },
      listen: (receive) => {
        worker.on('message', receive);
      },
    },
    {},
  );
  return {
    api,
    async stop() {
      await worker.terminate();
      await bundled.remove();
    },
  };
}
