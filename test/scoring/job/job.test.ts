import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { scoreFile } from '../../../src/scoring/job/job';
import { createScorerPool } from '../../../src/scoring/job/pool';
import { rejection, temporaryFolder } from '../helpers';

const pool = createScorerPool({ scorerPath: 'no checkpoint is scored here' });

it('a file that is broken in part is said to be so, and what can be read of it goes on', async () => {
  const home = await temporaryFolder();
  const path = join(home, 'x.probes.yaml');
  const fact = (probe: string) => `{ id: a, probes: [{ kind: semantic, prompt: p, target: t }, ${probe}] }`;
  await writeFile(
    path,
    `version: 1\nruns: [{ id: r, checkpoints: "c/{step}" }]\nfacts: [${fact('{ kind: guess, prompt: p }')}]\n`,
  );
  const { failures } = await scoreFile(pool, { path, results: join(home, 'x.scores') });
  expect(failures.map(({ code }) => code)).toEqual(['probe-file-broken', 'checkpoints-missing']);
  expect(failures[0]).toMatchObject({
    file: path,
    place: expect.stringMatching(/^line 3, column \d+$/) as string,
  });
});

it('a file of which nothing can be read is not said to lack runs', async () => {
  const path = join(await temporaryFolder(), 'x.probes.yaml');
  await writeFile(path, '['.repeat(100_000));
  const failure = await rejection(scoreFile(pool, { path, results: path + '.scores' }));
  expect(failure).toMatchObject({ code: 'probe-file-broken', file: path });
});
