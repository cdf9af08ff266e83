import { randomUUID } from 'node:crypto';
import type { Failure } from '../../core/failure';
import type { ProbeFile } from '../../core/probes/model';
import { scoreRequests, type RequestSelection } from '../../core/probes/requests';
import type { Checkpoint } from '../../disk/checkpoints';
import type { CheckpointTask, Provider, ScoreRequest } from '../../protocol/scorer';
import { openFoils } from './foils';

/** A run with the checkpoints found for it. */
export interface RunCheckpoints {
  readonly run: string;
  readonly checkpoints: readonly Checkpoint[];
}

/** One of several machines' share. */
export interface Shard {
  readonly index: number;
  readonly of: number;
}

export interface PlanOptions extends RequestSelection {
  /** Absolute path of the results folder. */
  readonly results: string;
  /** Steps to be scored; all when not given. */
  readonly steps?: readonly number[] | undefined;
  /** Checkpoint j of all that would be scored, sorted by run and step, is in shard I of N when j ≡ I mod N. */
  readonly shard?: Shard | undefined;
  /** Also `logprob_full`. */
  readonly full?: boolean | undefined;
  /** What computes; `cpu` when not given. */
  readonly provider?: Provider | undefined;
}

export interface Plan {
  /** Of one thread each, by run and step; none where the selection has no probes. */
  readonly tasks: readonly CheckpointTask[];
  /** Keeps the foils that were chosen for it, before it is carried out. @returns what was wrong with earlier ones */
  readonly keepFoils: () => Promise<readonly Failure[]>;
}

/**
 * What has to be scored: a task for each checkpoint. Scores on disk are not looked at here: the scorer does. Nothing is
 * written.
 * @param file with the facts of included files
 * @param runs in the order of the file
 * @throws FailureError `newer-version`, `foils-newer`, `foils-unreadable`
 */
export async function planTasks(
  file: ProbeFile,
  runs: readonly RunCheckpoints[],
  options: PlanOptions,
): Promise<Plan> {
  const { steps, shard, results, full, provider, ...selection } = options;
  const wanted = steps === undefined ? undefined : new Set(steps);
  const chosen = runs
    .flatMap(({ run, checkpoints }) =>
      checkpoints.toSorted((a, b) => a.step - b.step).map((checkpoint) => ({ run, ...checkpoint })),
    )
    .filter(({ step }) => wanted?.has(step) ?? true)
    .filter((_, j) => shard === undefined || (j - shard.index) % shard.of === 0);
  const foils = openFoils(file, results);
  const requests = new Map<string, readonly ScoreRequest[]>();
  for (const { run, tokenizer } of chosen) {
    const key = JSON.stringify([run, tokenizer]);
    if (!requests.has(key))
      requests.set(key, scoreRequests(file, run, { ...selection, foils: await foils.chooserFor(tokenizer) }));
  }
  const tasks = chosen
    .map(({ run, step, model, tokenizer }) => ({
      id: randomUUID(),
      run,
      step,
      model,
      tokenizer,
      results,
      requests: requests.get(JSON.stringify([run, tokenizer]))!,
      threads: 1,
      full,
      provider,
    }))
    .filter((task) => task.requests.length > 0);
  return { tasks, keepFoils: async () => foils.save() };
}
