import type { Part, PartMetadata } from '../../core/results/part';
import type { ScoreRow } from '../../core/results/row';
import { writePart } from '../../disk/results/write';
import { dateAfter, writtenAt } from '../../disk/results/written';
import type { CheckpointTask } from '../../protocol/scorer';

/** Collects a checkpoint's rows and writes them part by part. */
export interface RowWriter {
  /** How many rows have been written; they themselves are not kept. */
  readonly written: number;
  /** Parts are dated after these, which are on disk, whatever the clock says: what is written counts before them. */
  follow(parts: readonly Part[]): void;
  /** Takes rows and writes a part when enough time has passed, or enough are there. @throws FailureError as `flush` */
  add(rows: readonly ScoreRow[]): Promise<void>;
  /** Writes what has not been written. @throws FailureError `results-write`; what `check` throws */
  flush(): Promise<void>;
}

/** What a crash costs at most; a part for each batch would make thousands of small files. */
const EVERY_MS = 15_000;
/** Rows of a part, of one to four kilobytes each while they are kept. */
const MOST_ROWS = 20_000;

/**
 * @param metadata asked for at each part: what the rows were computed with is known with the first of them
 * @param check asked before each part: where it throws, the rows are not written
 */
export function createWriter(
  task: CheckpointTask,
  metadata: () => PartMetadata,
  check: () => Promise<void> = () => Promise.resolve(),
): RowWriter {
  let written = 0;
  let pending: ScoreRow[] = [];
  let last = performance.now();
  let latest = -Infinity;

  const flush = async (): Promise<void> => {
    if (pending.length === 0) return;
    const rows = pending;
    pending = [];
    await check();
    const date = dateAfter(latest);
    await writePart(task.results, task.run, task.step, { metadata: metadata(), rows }, date);
    latest = date.getTime();
    written += rows.length;
    last = performance.now();
  };
  return {
    get written() {
      return written;
    },
    follow: (parts) => {
      for (const part of parts) latest = Math.max(latest, writtenAt(part));
    },
    flush,
    add: async (rows) => {
      for (const row of rows) pending.push(row);
      if (pending.length >= MOST_ROWS || performance.now() - last >= EVERY_MS) await flush();
    },
  };
}
