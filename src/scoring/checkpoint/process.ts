/**
 * The scorer process: forked by the pool, serves {@link ScorerApi} over process IPC. `InferenceSession.run` blocks a
 * process, and a model can crash it: neither must happen to anything else.
 */
import { constants, setPriority } from 'node:os';
import { FailureError, toFailure } from '../../core/failure';
import { connect } from '../../protocol/rpc';
import type { ScorerApi, ScorerEvents } from '../../protocol/scorer';
import type { scoreCheckpoint } from './checkpoint';
import { guardHere, startGuard } from './guard';

/** Milliseconds for writing what is done once nobody listens any more. */
const FAREWELL_MS = 10_000;

const running = new Map<string, AbortController>();

if (!guardHere()) serve();

function serve(): void {
  const api: ScorerApi = {
    async scoreCheckpoint(task) {
      const score = await loadScoring();
      const controller = new AbortController();
      running.set(task.id, controller);
      try {
        return await score(task, {
          signal: controller.signal,
          onAlive: () => void events.alive.asEvent(),
          onProgress: (done, total) => void events.progress.asEvent(task.id, done, total),
        });
      } finally {
        running.delete(task.id);
        if (!process.connected) process.exit();
      }
    },
    cancel(taskId) {
      running.get(taskId)?.abort();
    },
  };

  const events = connect<ScorerEvents, ScorerApi>(
    {
      post: (message) => {
        // A parent that is gone is noticed by `disconnect`; the callback keeps it from being an uncaught error.
        if (process.connected) process.send!(message, undefined, undefined, () => undefined);
      },
      listen: (receive) => process.on('message', receive),
    },
    api,
  );

  // Ctrl-C, the end of a cluster's job, and a terminal that is closed reach the whole group of processes; the parent
  // cancels, and what is done is written.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

  process.on('disconnect', () => {
    if (running.size === 0) process.exit();
    for (const controller of running.values()) controller.abort();
    setTimeout(() => process.exit(), FAREWELL_MS);
  });

  try {
    // The editor on the same machine goes first.
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Some systems forbid it; scoring works all the same.
  }

  startGuard(__filename, { parent: process.ppid, graceMs: FAREWELL_MS });
  void events.ready.asEvent();
  // A task will come soon, while its file is still being read.
  loadScoring().catch(() => undefined);
}

let scoring: Promise<typeof scoreCheckpoint> | undefined;

/** Where the native library does not load, that is the answer to each task and no crash. */
async function loadScoring(): Promise<typeof scoreCheckpoint> {
  return (scoring ??= importScoring());
}

async function importScoring(): Promise<typeof scoreCheckpoint> {
  try {
    return (await import('./checkpoint')).scoreCheckpoint;
  } catch (error) {
    throw new FailureError(
      {
        code: 'runtime-missing',
        message: `ONNX Runtime cannot be loaded: ${toFailure(error).message}.`,
        remedy:
          'Scoring needs Linux (glibc 2.28 or newer) or Windows on x64 or arm64, or macOS on arm64; install the package for this platform.',
      },
      { cause: error },
    );
  }
}
