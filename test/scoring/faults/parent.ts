/** A program with a pool, to be stopped or killed by a test, as a process or a thread: tells how much is done. */
import { readFileSync } from 'node:fs';
import { createScorerPool } from '../../../src/scoring/job/pool';
import type { PoolJob } from '../../../src/scoring/job/tally';

interface Job {
  readonly scorerPath: string;
  readonly tasks: PoolJob['tasks'];
  /** Minutes. */
  readonly timeLimit?: number;
}

const { scorerPath, tasks, timeLimit } = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as Job;
const pool = createScorerPool({ scorerPath, processes: 1, ...(timeLimit !== undefined && { timeLimit }) });
const told = pool.score({
  tasks,
  onProgress: ({ done }) => {
    console.log(`${done} done`);
  },
});
void told.then(({ checkpoints, failures }) => {
  console.log(`ended: ${checkpoints} checkpoints, ${failures.length} failures`);
});
