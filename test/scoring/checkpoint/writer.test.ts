import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ScoreRow } from '../../../src/core/results/row';
import { readStep } from '../../../src/disk/results/read';
import { writePart } from '../../../src/disk/results/write';
import { rowOf } from '../../../src/scoring/checkpoint/rows';
import { createWriter } from '../../../src/scoring/checkpoint/writer';
import { request, rowsOnDisk, task, temporaryFolder } from '../helpers';

const METADATA = { scorer: null, settings: {} };
const NUMBERS = {
  n_tokens: 1,
  logprob_mean: -1,
  logprob_sum: -1,
  logprob_first: -1,
  logprob_full: null,
  greedy: false,
  tokens: [],
};

it('takes more rows at once than a call takes arguments, and keeps none of them', async () => {
  const job = task('plain', await temporaryFolder());
  const rows = Array.from({ length: 150_000 }, (_, i): ScoreRow =>
    rowOf(job, request('The', ' moon', { probe: `p${i}` }), `${i}`, NUMBERS),
  );
  const writer = createWriter(job, () => METADATA);
  await writer.add(rows);
  expect(writer.written).toBe(rows.length);
  await writer.flush();
  expect((await rowsOnDisk(job)).map(({ probe }) => probe)).toEqual(rows.map(({ probe }) => probe));
});

it('writes a part when there are enough rows, and the rest in the end', async () => {
  const job = task('plain', await temporaryFolder());
  const writer = createWriter(job, () => METADATA);
  for (let i = 0; i < 250; i++) {
    const row = rowOf(job, request('The', ' moon', { probe: `p${i}` }), `${i}`, NUMBERS);
    await writer.add(Array.from({ length: 100 }, () => row));
  }
  expect(writer.written).toBe(20_000);
  await writer.flush();
  expect(writer.written).toBe(25_000);
  expect(await readdir(join(job.results, 'run', 'step-0'))).toHaveLength(2);
  expect(await rowsOnDisk(job)).toHaveLength(25_000);
});

it('dates each part after those before it, though their clock is ahead or says nothing that is a date', async () => {
  const job = task('plain', await temporaryFolder());
  const rowAs = (probe: string) => rowOf(job, request('The', ' moon', { probe }), probe, NUMBERS);
  const other = { metadata: METADATA, rows: [rowAs('other')] };
  await writePart(job.results, job.run, job.step, other, new Date('9999-12-31T23:59:59.999Z'));
  const foreign = { settings: { written: 'zzz' } };
  const { parts } = await readStep(job.results, job.run, job.step);
  const writer = createWriter(job, () => METADATA);
  writer.follow([...parts, { metadata: { ...METADATA, ...foreign }, rows: [] }]);
  for (let i = 0; i < 3; i++) {
    await writer.add([rowAs(`p${i}`)]);
    await writer.flush();
  }
  expect((await rowsOnDisk(job)).map(({ probe }) => probe)).toEqual(['other', 'p0', 'p1', 'p2']);
});
