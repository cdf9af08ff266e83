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
  const { parts, problems } = await readStep(task.results, task.run, task.step);
  for (const { code, file } of problems) {
    if (code === 'part-damaged' && file !== undefined) await setAside(task.results, file);
  }
  const rows = parts.flatMap((part) => part.rows);
  const present = new Set(rows.map((row) => name(row, row.key)));
  const byKey = new Map(rows.map((row) => [row.key, row]));
  const absent = requests.filter(({ request, key }) => !present.has(name(request, key)));
  return {
    reused: requests.length - absent.length,
    copies: absent.flatMap(({ request, key }) => {
      const known = byKey.get(key);
      return known === undefined ? [] : [rowOf(task, request, key, known)];
    }),
    missing: absent.filter(({ key }) => !byKey.has(key)),
    problems,
  };
}

function name({ fact, probe, role, index }: ScoreRequest | ScoreRow, key: string): string {
  return JSON.stringify([fact, probe, role, index, key]);
}
