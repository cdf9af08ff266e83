import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createScorerPool } from '../../src/scoring/pool';
import { bundleScorer } from './bundle';
import { task, temporaryFolder } from './helpers';

let scorerPath: string;
let remove: () => Promise<void>;
beforeAll(async () => {
  ({ scorerPath, remove } = await bundleScorer('pool'));
});
afterAll(() => remove());

describe('scorer pool', () => {
  it('scores several checkpoints', async () => {
    const results = await temporaryFolder();
    const pool = createScorerPool({ scorerPath });
    const tasks = [0, 1, 2, 3].map((step) => task('plain', results, { id: `t${step}`, step }));
    for (let i = 0; i < 3; i++) {
      const outcome = await pool.score({
        tasks,
        onProgress: (p) => i === 0 && console.log(JSON.stringify(p)),
      });
      console.log(JSON.stringify(outcome));
    }
    pool.dispose();
    expect(1).toBe(1);
  });
  it('bad exec', async () => {
    const results = await temporaryFolder();
    const pool = createScorerPool({ scorerPath, execPath: '/nonexistent/node' });
    const tasks = [0, 1, 2, 3].map((step) => task('plain', results, { id: `t${step}`, step }));
    console.log(JSON.stringify(await pool.score({ tasks })));
    const pool2 = createScorerPool({ scorerPath: '/nonexistent' });
    console.log(JSON.stringify(await pool2.score({ tasks })));
  });
});
