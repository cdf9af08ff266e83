/** A program with a pool, to be killed by a test: tells how much is done. */
import { readFileSync } from 'node:fs';
import { createScorerPool } from '../../../src/scoring/job/pool';
import type { PoolJob } from '../../../src/scoring/job/tally';

interface Job {
  readonly scorerPath: string;
  readonly tasks: PoolJob['tasks'];
}

const { scorerPath, tasks } = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as Job;
void createScorerPool({ scorerPath, processes: 1 }).score({
  tasks,
  onProgress: ({ done }) => {
    console.log(`${done} done`);
  },
});
