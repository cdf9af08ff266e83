import type { PartMetadata } from '../../core/results/part';
import type { ScoreRow } from '../../core/results/row';
import { writePart } from '../../disk/results/write';
import type { CheckpointTask } from '../../protocol/scorer';

/** Collects a checkpoint's rows and writes them part by part. */
export interface RowWriter {
  /** Rows written so far. */
  readonly written: readonly ScoreRow[];
  /** Takes rows and writes a part when enough time has passed. @throws FailureError as `flush` */
  add(rows: readonly ScoreRow[]): Promise<void>;
  /** Writes what has not been written. @throws FailureError `results-write`; what `check` throws */
  flush(): Promise<void>;
}

/** What a crash costs at most; a part for each batch would make thousands of small files. */
const EVERY_MS = 15_000;

/**
 * @param metadata asked for at each part: what the rows were computed with is known with the first of them
 * @param check asked before each part: where it throws, the rows are not written
 */
export function createWriter(
  task: CheckpointTask,
  metadata: () => PartMetadata,
  check: () => Promise<void> = () => Promise.resolve(),
): RowWriter {
  const written: ScoreRow[] = [];
  let pending: ScoreRow[] = [];
  let last = performance.now();

  const flush = async (): Promise<void> => {
    if (pending.length === 0) return;
    const rows = pending;
    pending = [];
    await check();
    await writePart(task.results, task.run, task.step, { metadata: metadata(), rows });
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
