import { openHashes } from '../../disk/hash';
import type { CheckpointTask } from '../../protocol/scorer';
import { externalDataFiles } from '../graph/externalData';

/** Hashes the model whose turn is next while others are scored, one at a time. */
export interface Ahead {
  /** Begins with a checkpoint's model, unless that has been done, and leaves off any other. */
  turnTo(task: CheckpointTask | undefined): void;
}

/**
 * What a scorer would wait for its disk with happens before: it finds the hash in the results folder, and the file in
 * the machine's memory.
 */
export function createAhead(): Ahead {
  let current: CheckpointTask | undefined;
  let stop = new AbortController();
  return {
    turnTo(task) {
      if (task === current) return;
      stop.abort();
      current = task;
      if (task === undefined) return;
      stop = new AbortController();
      void hashModel(task, stop.signal);
    },
  };
}

async function hashModel({ model, results }: CheckpointTask, signal: AbortSignal): Promise<void> {
  try {
    const hashes = await openHashes(results, signal);
    await hashes.model(model, await externalDataFiles(model));
    await hashes.save();
  } catch {
    // Left off; or its scorer meets the same, and names the checkpoint.
  }
}
