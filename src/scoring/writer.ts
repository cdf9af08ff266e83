import type { PartMetadata } from '../core/results/part';
import type { ScoreRow } from '../core/results/row';
import { writePart } from '../disk/results/write';
import type { CheckpointTask } from '../protocol/scorer';

/** Collects a checkpoint's rows and writes them part by part. */
export interface RowWriter {
  /** Rows written so far. */
  readonly written: readonly ScoreRow[];
  /** Takes rows and writes a part when enough time has passed. @throws FailureError `results-write` */
  add(rows: readonly ScoreRow[]): Promise<void>;
  /** Writes what has not been written. @throws FailureError `results-write` */
  flush(): Promise<void>;
}

/** What a crash costs at most; a part for each batch would make thousands of small files. */
const EVERY_MS = 15_000;

export function createWriter(task: CheckpointTask, metadata: PartMetadata): RowWriter {
  const written: ScoreRow[] = [];
  let pending: ScoreRow[] = [];
  let last = performance.now();

  const flush = async (): Promise<void> => {
    if (pending.length === 0) return;
    const rows = pending;
    pending = [];
    await writePart(task.results, task.run, task.step, { metadata, rows });
    written.push(...rows);
    last = performance.now();
  };
  return {
    written,
    flush,
    add: async (rows) => {
      pending.push(...rows);
      if (performance.now() - last >= EVERY_MS) await flush();
    },
  };
}
