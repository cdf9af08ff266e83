/** A program with a pool, to be killed by a test: says its scorer's process id once something has been scored. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createScorerPool } from '../../src/scoring/pool';
import type { PoolJob } from '../../src/scoring/tally';

interface Job {
  readonly scorerPath: string;
  readonly tasks: PoolJob['tasks'];
}

const { scorerPath, tasks } = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as Job;
let told = false;
void createScorerPool({ scorerPath, processes: 1 }).score({
  tasks,
  onProgress: ({ done }) => {
    if (told || done === 0) return;
    told = true;
    const list = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], {
      encoding: 'utf8',
    });
    const line = list.split('\n').find((one) => one.includes(scorerPath))!;
    console.log(`scorer ${Number.parseInt(line, 10)}`);
  },
});
