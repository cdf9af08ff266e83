import { dirname } from 'node:path';
import { describeFailure, FailureError, type Failure } from '../../core/failure';
import type { ProbeFile, Run } from '../../core/probes/model';
import { selectedRuns } from '../../core/probes/selection';
import { findCheckpoints } from '../../disk/checkpoints';
import { mistakesIn } from '../../disk/mistakes';
import { loadProbeFile } from '../../disk/probeFiles';
import { claimFolder, otherSource } from '../../disk/results/source';
import { sweep } from '../../disk/results/write';
import type { ScoringOutcome } from '../../protocol/scoring';
import { planTasks, type PlanOptions, type RunCheckpoints } from './plan';
import type { ScorerPool } from './pool';
import type { PoolJob } from './tally';

export interface JobRequest extends PlanOptions {
  /** Absolute path of the probe file. */
  readonly path: string;
  /** The editor's text, where it may differ from the disk's. */
  readonly text?: string;
  /** One run; all runs with checkpoints when not given. */
  readonly run?: string;
}

/**
 * Scores what is not scored yet: of a file, a run, a fact or a probe, at every checkpoint. Checkpoints that cannot be
 * used and broken parts of the file are failures of the outcome and do not stop the others.
 *
 * @throws FailureError where nothing can be scored at all: the file cannot be read or is broken as a whole, there is no
 * such run, fact or probe, the results folder is that of another file, or what was chosen for it before cannot be read
 */
export async function scoreFile(
  pool: ScorerPool,
  request: JobRequest,
  hooks: Pick<PoolJob, 'onProgress' | 'onOutcome' | 'signal'> & {
    readonly onFailure?: (failure: Failure) => void;
  } = {},
): Promise<ScoringOutcome> {
  const { path, text } = request;
  pool.prepare();
  const loaded = await loadProbeFile(path, text === undefined ? {} : { text });
  const { whole } = loaded;
  const mistakes = mistakesIn(loaded);
  if (mistakes !== undefined && (whole.runs.length === 0 || whole.facts.length === 0))
    throw new FailureError(mistakes);
  const found: (RunCheckpoints & { readonly problems: readonly Failure[] })[] = [];
  for (const candidate of runsWithCheckpoints(whole, request)) {
    found.push({ run: candidate.id.value, ...(await findCheckpoints(candidate, dirname(path))) });
  }
  const problems = [...(mistakes === undefined ? [] : [mistakes]), ...found.flatMap((one) => one.problems)];
  for (const problem of problems) hooks.onFailure?.(problem);

  const taken = await otherSource(request.results, path);
  if (taken !== undefined) throw new FailureError(taken);
  const { tasks, keepFoils } = await planTasks(whole, found, request);
  if (tasks.length === 0 && problems.length === 0) throw nothingToScore(request);
  const warnings: string[] = [];
  if (tasks.length > 0) {
    await sweep(request.results);
    await claimFolder(request.results, path);
    warnings.push(...(await keepFoils()).map(describeFailure));
  }
  const outcome = await pool.score({ tasks, ...hooks });
  return {
    ...outcome,
    failures: [...problems, ...outcome.failures],
    warnings: [...warnings, ...outcome.warnings],
  };
}

/** @throws FailureError `unknown-run`; `run-is-log` or `no-checkpoints-named` where none of the selected runs can be scored */
function runsWithCheckpoints(file: ProbeFile, { path, run }: JobRequest): readonly Run[] {
  const selected = selectedRuns(path, file, run === undefined ? {} : { run });
  const runs = selected.filter(({ source }) => source?.kind === 'checkpoints');
  if (runs.length > 0) return runs;
  if (selected.some(({ source }) => source?.kind === 'log'))
    throw new FailureError({
      code: 'run-is-log',
      message:
        run === undefined
          ? 'The runs of this file were measured elsewhere (“log:”), so that there is nothing to score.'
          : `The run “${run}” was measured elsewhere (“log:”), so that there is nothing to score.`,
      file: path,
      remedy: 'Analyze it as it is; a run that is to be scored needs “checkpoints:”.',
    });
  throw new FailureError({
    code: 'no-checkpoints-named',
    message:
      run === undefined ? 'No run of this file names checkpoints.' : `The run “${run}” names no checkpoints.`,
    file: path,
    remedy: 'Give the run “checkpoints: path/to/step-{step}”.',
  });
}

function nothingToScore({ path, fact, probe, steps, shard }: JobRequest): FailureError {
  const asked = [
    fact !== undefined && `fact “${fact}”`,
    probe !== undefined && `probe “${probe}”`,
    steps !== undefined && `steps ${steps.join(', ')}`,
    shard !== undefined && `shard ${shard.index} of ${shard.of}`,
  ].filter((part) => part !== false);
  return new FailureError({
    code: 'nothing-to-score',
    message: `Nothing to score here${asked.length === 0 ? '' : ` for ${asked.join(', ')}`}.`,
    file: path,
    remedy: 'Check the ids and steps; probes need a target and must not be excluded.',
  });
}
