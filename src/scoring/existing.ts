import type { Failure } from '../core/failure';
import type { ScoreRow } from '../core/results/row';
import { readStep } from '../disk/results/read';
import { setAside } from '../disk/results/write';
import type { CheckpointTask, ScoreRequest } from '../protocol/scorer';
import { rowOf } from './rows';

/** A request with its content key. */
export interface KeyedRequest {
  readonly request: ScoreRequest;
  readonly key: string;
}

export interface Remaining {
  /** Requests whose rows are on disk. */
  readonly reused: number;
  /** Rows for requests whose text has been scored under another name, numbers from the disk. */
  readonly copies: readonly ScoreRow[];
  /** What has to be scored. */
  readonly missing: readonly KeyedRequest[];
  readonly problems: readonly Failure[];
}

/**
 * Sorts requests by what the results folder has of them already. Damaged parts are set aside, so that what was in
 * them is scored again.
 * @throws FailureError `results-write` where a damaged part cannot be set aside
 */
export async function withoutScored(
  task: CheckpointTask,
  requests: readonly KeyedRequest[],
): Promise<Remaining> {
  // Token tables are by far the most of it, and needed for copies only.
  const { parts, problems } = await readStep(task.results, task.run, task.step, { tokens: false });
  for (const { code, file } of problems) {
    if (code === 'part-damaged' && file !== undefined) await setAside(task.results, file);
  }
  const rows = parts.flatMap((part) => part.rows);
  const present = new Set(rows.map((row) => name(row, row.key)));
  const keys = new Set(rows.map(({ key }) => key));
  const absent = requests.filter(({ request, key }) => !present.has(name(request, key)));
  const known = absent.filter(({ key }) => keys.has(key));
  const copies = known.length === 0 ? [] : await copied(task, known);
  const made = new Set(copies.map((row) => name(row, row.key)));
  return {
    reused: requests.length - absent.length,
    copies,
    missing: absent.filter(({ request, key }) => !made.has(name(request, key))),
    problems,
  };
}

/** Rows with the numbers that the disk has under the same key; fewer where a part has gone meanwhile. */
async function copied(task: CheckpointTask, requests: readonly KeyedRequest[]): Promise<ScoreRow[]> {
  const { parts } = await readStep(task.results, task.run, task.step);
  const byKey = new Map(parts.flatMap((part) => part.rows).map((row) => [row.key, row]));
  return requests.flatMap(({ request, key }) => {
    const numbers = byKey.get(key);
    return numbers === undefined ? [] : [rowOf(task, request, key, numbers)];
  });
}

function name({ fact, probe, role, index }: ScoreRequest | ScoreRow, key: string): string {
  return JSON.stringify([fact, probe, role, index, key]);
}
