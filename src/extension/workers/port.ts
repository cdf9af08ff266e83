import { parentPort } from 'node:worker_threads';
import type { Port } from '../../protocol/rpc';

/** The worker thread's end of the line to the extension host. */
export function threadPort(): Port {
  if (parentPort === null) throw new Error('This file runs in a worker thread only.');
  const port = parentPort;
  return {
    post: (message) => {
      port.postMessage(message);
    },
    listen: (receive) => {
      port.on('message', receive);
    },
  };
}
