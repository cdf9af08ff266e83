import type { Failure } from '../../core/failure';
import { gathered } from '../../disk/gathered';
import type { CheckpointOutcome, CheckpointTask } from '../../protocol/scorer';
import type { ScoringOutcome, ScoringProgress } from '../../protocol/scoring';

/** Checkpoints to be scored together. */
export interface PoolJob {
  /** Their `threads` are set here. */
  readonly tasks: readonly CheckpointTask[];
  readonly onProgress?: (progress: Omit<ScoringProgress, 'job'>) => void;
  /** A checkpoint is done, or was cancelled half way; its rows are on disk. */
  readonly onOutcome?: (outcome: CheckpointOutcome) => void;
  /** A checkpoint could not be scored, or a text in it. */
  readonly onFailure?: (failure: Failure, task: CheckpointTask) => void;
  readonly signal?: AbortSignal;
}

/** What has come of a job's checkpoints so far. */
export interface Tally {
  progressOf(task: CheckpointTask): (done: number) => void;
  /** @param result what has come of a checkpoint; undefined where it was cancelled before anything was done */
  end(task: CheckpointTask, result: CheckpointOutcome | Failure | undefined): void;
  /** A checkpoint's failure is the whole job's: those that end after it add what they have, and no word. */
  stop(task: CheckpointTask, failure: Failure): void;
  outcome(milliseconds: number): ScoringOutcome;
}

/** Adds up a job's checkpoints and tells of them. */
export function createTally(job: PoolJob): Tally {
  const total = job.tasks.reduce((sum, task) => sum + task.requests.length, 0);
  const done = new Map<string, number>();
  const failed: Failure[] = [];
  const refused = new Map<string, Failure>();
  const warnings = new Set<string>();
  let checkpointsDone = 0;
  let [checkpoints, scored, reused, cancelled] = [0, 0, 0, false];
  let stopped: Failure | undefined;

  const tell = (task: CheckpointTask): void => {
    job.onProgress?.({
      done: [...done.values()].reduce((sum, count) => sum + count, 0),
      total,
      checkpointsDone,
      checkpoints: job.tasks.length,
      detail: `${task.run}, step ${task.step}`,
    });
  };
  const fail = (failure: Failure, task: CheckpointTask): void => {
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

  const left = (): string =>
    `Scoring was stopped; ${job.tasks.length - checkpointsDone} of ${job.tasks.length} checkpoints are left.`;

  return {
    progressOf: (task) => (count) => {
      done.set(task.id, count);
      tell(task);
    },
    stop: (task, failure) => {
      if (stopped !== undefined) return;
      // What names no file is the matter with none of the checkpoints.
      stopped = failure.file === undefined ? failure : { ...failure, place: placeOf(failure, task) };
      job.onFailure?.(stopped, task);
    },
    end: (task, result) => {
      if (result === undefined) cancelled ||= stopped === undefined;
      else if ('code' in result) fail(result, task);
      else {
        checkpoints++;
        scored += result.scored;
        reused += result.reused;
        cancelled ||= result.cancelled && stopped === undefined;
        for (const warning of result.warnings) warnings.add(warning);
        for (const failure of result.refused) refuse(failure, task);
        job.onOutcome?.(result);
      }
      if (result === undefined || ('cancelled' in result && result.cancelled)) return;
      checkpointsDone++;
      done.set(task.id, task.requests.length);
      tell(task);
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
      warnings: [...warnings],
      cancelled,
      milliseconds,
    }),
  };
}

function placeOf({ place }: Failure, { run, step }: CheckpointTask): string {
  const checkpoint = `run ${run}, step ${step}`;
  return place === undefined ? checkpoint : `${checkpoint}, ${place}`;
}
