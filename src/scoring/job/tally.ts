import type { Failure } from '../../core/failure';
import { gathered } from '../../disk/gathered';
import type { CheckpointOutcome, CheckpointTask } from '../../protocol/scorer';
import type { ScoringOutcome, ScoringProgress } from '../../protocol/scoring';
import type { Share } from './shares';

/** Checkpoints to be scored together. */
export interface PoolJob {
  /** Their `threads` are set here. */
  readonly tasks: readonly CheckpointTask[];
  readonly onProgress?: (progress: Omit<ScoringProgress, 'job'>) => void;
  /** A checkpoint is done, or was cancelled half way; its rows are on disk. */
  readonly onOutcome?: (task: CheckpointTask) => void;
  /** A checkpoint could not be scored, or a text in it. */
  readonly onFailure?: (failure: Failure, task: CheckpointTask) => void;
  readonly signal?: AbortSignal;
}

/** What has come of a job's checkpoints so far. */
export interface Tally {
  progressOf(share: Share): (done: number) => void;
  /** @param result what has come of a share; undefined where it was cancelled before anything was done */
  end(share: Share, result: CheckpointOutcome | Failure | undefined): void;
  /** A checkpoint's failure is the whole job's: those that end after it add what they have, and no word. */
  stop(share: Share, failure: Failure): void;
  outcome(milliseconds: number): ScoringOutcome;
}

/** How a checkpoint stands. */
interface Standing {
  sharesLeft: number;
  cancelled: boolean;
  scored: boolean;
  /** Its failures: most strike each of its shares. */
  readonly failures: Set<string>;
}

/**
 * Adds up a job's checkpoints and tells of them: of each once, when all of its shares have ended, but of what goes wrong
 * at once.
 */
export function createTally(job: PoolJob, shares: readonly Share[]): Tally {
  const total = job.tasks.reduce((sum, task) => sum + task.requests.length, 0);
  const standings = new Map<CheckpointTask, Standing>();
  for (const { whole } of shares) {
    const standing = standings.get(whole);
    if (standing !== undefined) standing.sharesLeft++;
    else standings.set(whole, { sharesLeft: 1, cancelled: false, scored: false, failures: new Set() });
  }
  const done = new Map<string, number>();
  const failed: Failure[] = [];
  const refused = new Map<string, Failure>();
  const remarks = new Map<string, Set<string>>();
  let checkpointsDone = 0;
  let [checkpoints, scored, reused, cancelled] = [0, 0, 0, false];
  let stopped: Failure | undefined;

  const tell = ({ run, step }: CheckpointTask): void => {
    job.onProgress?.({
      done: [...done.values()].reduce((sum, count) => sum + count, 0),
      total,
      checkpointsDone,
      checkpoints: job.tasks.length,
      detail: `${run}, step ${step}`,
    });
  };
  const fail = (failure: Failure, task: CheckpointTask): void => {
    const { failures } = standings.get(task)!;
    const name = JSON.stringify([failure.code, failure.message, failure.place]);
    if (failures.has(name)) return;
    failures.add(name);
    const told = { ...failure, place: placeOf(failure, task) };
    failed.push(told);
    job.onFailure?.(told, task);
  };
  /** A text that no checkpoint can score is told once. */
  const refuse = (failure: Failure, task: CheckpointTask): void => {
    const name = JSON.stringify([failure.code, failure.place]);
    if (refused.has(name)) return;
    refused.set(name, failure);
    job.onFailure?.(failure, task);
  };
  const add = (outcome: CheckpointOutcome, task: CheckpointTask): void => {
    scored += outcome.scored;
    reused += outcome.reused;
    for (const { what, probes = [] } of outcome.remarks) {
      const all = remarks.get(what) ?? new Set();
      remarks.set(what, all);
      for (const probe of probes) all.add(probe);
    }
    for (const failure of outcome.refused) refuse(failure, task);
    for (const failure of outcome.failures) fail(failure, task);
  };
  const left = (): string =>
    `Scoring was stopped; ${job.tasks.length - checkpointsDone} of ${job.tasks.length} checkpoints are left.`;

  return {
    progressOf:
      ({ task, whole }) =>
      (count) => {
        done.set(task.id, count);
        tell(whole);
      },
    stop: ({ whole }, failure) => {
      if (stopped !== undefined) return;
      // What names no file, or the program that should score, is the matter with none of the checkpoints.
      const ofNone = failure.file === undefined || failure.code === 'scorer-start';
      stopped = ofNone ? failure : { ...failure, place: placeOf(failure, whole) };
      job.onFailure?.(stopped, whole);
    },
    end: ({ task, whole }, result) => {
      const standing = standings.get(whole)!;
      standing.sharesLeft--;
      if (result !== undefined && 'code' in result) fail(result, whole);
      else if (result !== undefined) {
        standing.scored = true;
        add(result, whole);
      }
      const isCancelled = result === undefined || ('cancelled' in result && result.cancelled);
      if (isCancelled) {
        standing.cancelled = true;
        cancelled ||= stopped === undefined;
      } else done.set(task.id, task.requests.length);
      if (standing.sharesLeft === 0) {
        const isSound = standing.scored && standing.failures.size === 0;
        if (!standing.cancelled) checkpointsDone++;
        if (!standing.cancelled && isSound) checkpoints++;
        if (isSound) job.onOutcome?.(whole);
      }
      if (!isCancelled) tell(whole);
    },
    outcome: (milliseconds) => ({
      scored,
      reused,
      checkpoints,
      failures: [
        ...(stopped === undefined ? [] : [{ ...stopped, message: `${stopped.message} ${left()}` }]),
        ...gathered(failed, 'checkpoints'),
        ...refused.values(),
      ],
      warnings: [...remarks].map(([what, probes]) =>
        probes.size === 0 ? what : `${what}: ${[...probes].join(', ')}.`,
      ),
      cancelled,
      milliseconds,
    }),
  };
}

function placeOf({ place }: Failure, { run, step }: CheckpointTask): string {
  const checkpoint = `run ${run}, step ${step}`;
  return place === undefined ? checkpoint : `${checkpoint}, ${place}`;
}
