/** The scoring worker: plans jobs and deals them out to scorer processes, away from the editor's thread. */
import * as path from 'node:path';
import { connect } from '../../protocol/rpc';
import type { ScoringApi, ScoringEvents, ScoringJob, ScoringProgress } from '../../protocol/scoring';
import { scoreFile } from '../../scoring/job/job';
import { createScorerPool, type ScorerPool } from '../../scoring/job/pool';
import { threadPort } from './port';

/** Often enough for a bar that moves smoothly. */
const PROGRESS_EVERY_MS = 100;

const running = new Map<string, AbortController>();

let pool: { readonly of: string; readonly scorers: ScorerPool } | undefined;

/** The scorers that these settings ask for; those of former settings end by themselves when they are done. */
function scorersFor({ processes, timeLimit, nodePath }: ScoringJob): ScorerPool {
  const of = JSON.stringify([processes, timeLimit, nodePath]);
  if (pool?.of !== of) {
    const scorerPath = path.join(__dirname, 'scorer.js');
    pool = { of, scorers: createScorerPool({ scorerPath, processes, timeLimit, execPath: nodePath }) };
  }
  return pool.scorers;
}

const api: ScoringApi = {
  score: async (id, job) => {
    const scorers = scorersFor(job);
    const abort = new AbortController();
    running.set(id, abort);
    try {
      return await scoreFile(
        scorers,
        { ...job.selection, ...job.source, provider: job.provider },
        { signal: abort.signal, onProgress: throttled(id) },
      );
    } finally {
      running.delete(id);
    }
  },
  cancel: (id) => {
    running.get(id)?.abort();
  },
};

const host = connect<ScoringEvents, ScoringApi>(threadPort(), api);

/** Reports of one job, without those that would come too fast; the end of a checkpoint always comes. */
function throttled(job: string): (progress: Omit<ScoringProgress, 'job'>) => void {
  let last = { at: 0, checkpointsDone: -1 };
  return (progress) => {
    const now = performance.now();
    const { checkpointsDone } = progress;
    if (checkpointsDone === last.checkpointsDone && now - last.at < PROGRESS_EVERY_MS) return;
    last = { at: now, checkpointsDone };
    void host.progress.asEvent({ job, ...progress });
  };
}
