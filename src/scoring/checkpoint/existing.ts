import { basename } from 'node:path';
import { describeFailure, FailureError, toFailure, type Failure } from '../../core/failure';
import { groupBy } from '../../core/groupBy';
import { ofNewestScorer } from '../../core/results/newestScorer';
import type { Part } from '../../core/results/part';
import type { ScoreRow } from '../../core/results/row';
import { partsOf, readStep } from '../../disk/results/read';
import { setAside, sweepStep } from '../../disk/results/write';
import type { CheckpointTask, ScoreRequest } from '../../protocol/scorer';
import { rowOf } from './rows';
import type { RowWriter } from './writer';

/** A request with its content key. */
export interface KeyedRequest {
  readonly request: ScoreRequest;
  readonly key: string;
}

export interface Remaining {
  /** Requests whose rows are on disk, and count there. */
  readonly reused: number;
  /** Requests whose text has been scored, but under another name, or before another model stood in this place for a while. */
  readonly copied: number;
  /** What has to be scored. */
  readonly missing: readonly KeyedRequest[];
  /** What could not be read, and what became of it. */
  readonly problems: readonly Failure[];
}

/**
 * Sorts requests by what the results folder has of them already. Damaged parts are set aside, so that what was in
 * them is scored again; what writers that died have left is removed.
 * @param writer gets the rows for requests that count as copied, with numbers from the disk, part by part
 * @throws FailureError `part-damaged` where one cannot be set aside; what the writer throws
 */
export async function withoutScored(
  task: CheckpointTask,
  requests: readonly KeyedRequest[],
  writer: Pick<RowWriter, 'follow' | 'add'>,
): Promise<Remaining> {
  await sweepStep(task.results, task.run, task.step);
  // Token tables are by far the most of it, and needed for copies only.
  const { parts, problems } = await readStep(task.results, task.run, task.step, { tokens: false });
  writer.follow(parts);
  const told = await Promise.all(problems.map((problem) => mend(task, problem)));
  const rows = parts.flatMap((part) => part.rows);
  const keys = new Set(rows.filter((row) => suffices(row, task)).map(({ key }) => key));
  const counted = countedRows(task, parts, requests);
  const absent = requests.filter(({ request, key }) => !counted.has(name(request, key)));
  const known = absent.filter(({ key }) => keys.has(key));
  const made = new Set<KeyedRequest>();
  for await (const copies of known.length === 0 ? [] : copiesOf(task, known)) {
    await writer.add(copies.map(({ row }) => row));
    for (const { one } of copies) made.add(one);
  }
  return {
    reused: requests.length - absent.length,
    copied: made.size,
    missing: absent.filter((one) => !made.has(one)),
    problems: told,
  };
}

/**
 * Sets a damaged part aside; its failure then says so.
 * @throws FailureError `part-damaged` where that cannot be done: it would say the same for ever
 */
async function mend(task: CheckpointTask, problem: Failure): Promise<Failure> {
  const { code, file } = problem;
  if (code !== 'part-damaged' || file === undefined) return problem;
  const aside = await setAside(task.results, file).catch((error: unknown) => {
    const remedy = `It cannot be set aside, to be scored anew: ${describeFailure(toFailure(error))}`;
    throw new FailureError({ ...problem, remedy }, { cause: error });
  });
  return { ...problem, remedy: `It is kept as ${basename(aside)}; what was in it is scored anew.` };
}

/** Whether a row says all that is asked for. */
function suffices(row: ScoreRow, { full }: CheckpointTask): boolean {
  return full !== true || row.logprob_full !== null;
}

/** Names and keys of the rows that readers take: those of the model that has scored last, and no others. */
function countedRows(
  task: CheckpointTask,
  parts: readonly Part[],
  requests: readonly KeyedRequest[],
): Set<string> {
  const wanted = groupBy(requests, ({ request }) => name(request));
  const counted = new Set<string>();
  for (const { rows } of parts.filter(ofNewestScorer(parts))) {
    for (const row of rows) {
      for (const { request, key } of wanted.get(name(row)) ?? []) {
        if (row.key === key && suffices(row, task)) counted.add(name(request, key));
      }
    }
  }
  return counted;
}

interface Copy {
  readonly one: KeyedRequest;
  readonly row: ScoreRow;
}

/** Rows with the numbers that the disk has under the same key; fewer where a part has gone meanwhile. */
async function* copiesOf(task: CheckpointTask, requests: readonly KeyedRequest[]): AsyncGenerator<Copy[]> {
  const wanted = groupBy(requests, ({ key }) => key);
  for await (const { rows } of partsOf(task.results, task.run, task.step)) {
    const copies: Copy[] = [];
    for (const row of rows) {
      if (!suffices(row, task)) continue;
      for (const one of wanted.get(row.key) ?? [])
        copies.push({ one, row: rowOf(task, one.request, one.key, row) });
      wanted.delete(row.key);
    }
    yield copies;
  }
}

function name({ fact, probe, role, index }: ScoreRequest | ScoreRow, key = ''): string {
  return JSON.stringify([fact, probe, role, index, key]);
}
