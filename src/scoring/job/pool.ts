import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { toFailure, type Failure } from '../../core/failure';
import type { CheckpointOutcome, CheckpointTask } from '../../protocol/scorer';
import type { ScoringOutcome } from '../../protocol/scoring';
import { createAhead } from './ahead';
import { freeMemory, roomFor } from './room';
import { startScorer, type ScorerPlace, type ScorerProcess } from './scorerProcess';
import { shareOut } from './shares';
import { createTally, type PoolJob } from './tally';
import { createTurns } from './turns';

export interface PoolOptions extends ScorerPlace {
  /**
   * Scorer processes at a time, and threads that they share; the machine's cores when 0, more, or not given (one
   * process then, where something else than the CPU computes).
   */
  readonly processes?: number;
  /**
   * Minutes without progress after which a scorer is taken to hang and ended, 0 for never; half an hour when not given:
   * a large model's first batch on one thread takes long.
   */
  readonly timeLimit?: number;
  /** Bytes that scorers may take together; what the machine has free, at most the limit of its container or job, when not given. */
  readonly memory?: number;
  /** Milliseconds that processes are kept for the next job; one minute when not given. */
  readonly warmMs?: number;
}

/** Scorer processes shared by all jobs of a program. */
export interface ScorerPool {
  /**
   * Scores the checkpoints, several at a time, as cores and memory allow; the last ones shared by several processes. What
   * goes wrong with one is told and does not stop the others; where nothing computes, or nothing more can be written, as on
   * a full disk, the job ends.
   */
  score(job: PoolJob): Promise<ScoringOutcome>;
  /** Starts a process for a job that is about to come, in the meantime; it is kept as long as after a job. */
  prepare(): void;
  /** Ends all processes at once, for good; jobs that run count as cancelled. */
  dispose(): void;
}

/** A seat for one scorer process. */
interface Slot {
  process?: ScorerProcess;
}

const ATTEMPTS = 2;
const LOST_REMEDY = 'Check that the model fits into memory and runs in ONNX Runtime; score again to resume.';
const KILLED_REMEDY =
  'Systems and clusters end processes in this way when memory runs out: score fewer at a time (setting knowledgeProbes.scoring.processes, or --threads), or give the job more memory; score again to resume.';
/** Minutes. */
export const DEFAULT_TIME_LIMIT = 30;

/** Scorer processes start when they are needed. No native library is loaded here. */
export function createScorerPool(options: PoolOptions): ScorerPool {
  const { processes = 0, timeLimit = DEFAULT_TIME_LIMIT, memory, warmMs = 60_000 } = options;
  const stallMs = timeLimit > 0 ? timeLimit * 60_000 : Infinity;
  // More threads than cores wait for each other in turns: a thousand of them never get anywhere.
  const cores = Math.min(processes > 0 ? processes : Infinity, availableParallelism());
  const slots: Slot[] = Array.from({ length: cores }, () => ({}));
  const free = [...slots];
  const waiting: ((slot: Slot) => void)[] = [];
  const turns = createTurns();
  let jobs = 0;
  let disposed = false;
  let cooling: NodeJS.Timeout | undefined;

  const ended = (job: PoolJob): boolean => disposed || job.signal?.aborted === true;
  const killAll = (): void => {
    for (const slot of slots) slot.process?.kill();
  };
  const acquire = async (): Promise<Slot> => free.pop() ?? new Promise((resolve) => waiting.push(resolve));
  const release = (slot: Slot): void => {
    const next = waiting.shift();
    if (next === undefined) free.push(slot);
    else next(slot);
  };

  /** The outcome, or why there is none; undefined where it was cancelled without one. */
  const attempt = async (
    task: CheckpointTask,
    job: PoolJob,
    onProgress: (done: number) => void,
  ): Promise<CheckpointOutcome | Failure | undefined> => {
    const slot = await acquire();
    let alone = false;
    try {
      for (let left = ATTEMPTS; ; left--) {
        const leave = await (alone ? turns.alone(job.signal) : turns.together(job.signal));
        try {
          if (ended(job)) return undefined;
          // A graph may bear less than what is first tried: then as it is run everywhere else.
          const now = left === ATTEMPTS ? task : { ...task, sharing: false };
          // Those that wait for the next task keep memory too.
          if (alone) for (const other of slots) if (other !== slot) other.process?.kill();
          if (slot.process?.alive !== true) slot.process = startScorer(options);
          return await slot.process.score(now, { onProgress, signal: job.signal, stallMs });
        } catch (error) {
          const failure = toFailure(error);
          if (failure.code !== 'scorer-lost') return failure;
          alone = slot.process?.killedByOthers === true;
          if (left === 1 && !ended(job)) return twiceLost(failure, task, alone);
        } finally {
          leave();
        }
      }
    } finally {
      release(slot);
    }
  };

  const score = async (job: PoolJob): Promise<ScoringOutcome> => {
    const start = performance.now();
    // A graphics card is one, however many cores there are.
    const onCpu = job.tasks.every(({ provider = 'cpu' }) => provider === 'cpu');
    const seats = onCpu || processes > 0 ? cores : 1;
    // Scorers of large models on many cores would otherwise be ended by the system, or by the cluster.
    const room = seats > 1 ? await roomFor(job.tasks, memory ?? freeMemory()) : 1;
    const shares = shareOut(job.tasks, onCpu ? Math.min(seats, room) : 1);
    const width = Math.min(seats, room, shares.length);
    const threads = Math.max(1, Math.floor(cores / Math.max(1, width)));
    const tally = createTally(job, shares);
    const queue = [...shares];
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, ...(job.signal === undefined ? [] : [job.signal])]);
    const ahead = createAhead();
    const work = async (): Promise<void> => {
      for (let share = queue.shift(); share !== undefined && !stop.signal.aborted; share = queue.shift()) {
        const tell = tally.progressOf(share);
        const result = await attempt({ ...share.task, threads }, { ...job, signal }, (done) => {
          // It has been hashed, so that the disk is free.
          ahead.turnTo(queue[0]?.whole);
          tell(done);
        });
        if (result !== undefined && 'code' in result && endsAll(result, share.whole)) {
          tally.stop(share, result);
          stop.abort();
        } else tally.end(share, result);
      }
    };
    await Promise.all(Array.from({ length: width }, work));
    ahead.turnTo(undefined);
    return tally.outcome(performance.now() - start);
  };

  const coolIfIdle = (): void => {
    clearTimeout(cooling);
    if (jobs === 0) cooling = setTimeout(killAll, warmMs).unref();
  };

  return {
    score: async (job) => {
      clearTimeout(cooling);
      jobs++;
      try {
        return await score(job);
      } finally {
        jobs--;
        coolIfIdle();
      }
    },
    prepare: () => {
      // The next to be taken.
      const slot = free.at(-1);
      if (disposed || slot === undefined) return;
      if (slot.process?.alive !== true) slot.process = startScorer(options);
      coolIfIdle();
    },
    dispose: () => {
      disposed = true;
      clearTimeout(cooling);
      killAll();
    },
  };
}

/**
 * Whether the next checkpoint would be scored in vain: no scorer starts, nothing computes, or nothing can be written, and
 * all write to one folder.
 */
function endsAll({ code, file, place }: Failure, { results }: CheckpointTask): boolean {
  if (['scorer-start', 'provider-missing', 'provider-failed'].includes(code)) return true;
  if (code !== 'results-write') return false;
  const everywhere = ['ENOSPC', 'EDQUOT', 'EROFS'].includes(place ?? '');
  return everywhere || (file !== undefined && dirname(file) === results);
}

/** @param killed by nobody here */
function twiceLost(failure: Failure, task: CheckpointTask, killed: boolean): Failure {
  return {
    ...failure,
    message: `${failure.message} It was tried ${ATTEMPTS} times; what had been scored is kept.`,
    file: task.model,
    remedy: failure.remedy ?? (killed ? KILLED_REMEDY : LOST_REMEDY),
  };
}
