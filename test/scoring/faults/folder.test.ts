import { spawnSync } from 'node:child_process';
import { copyFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { copyFile, cp, mkdir, readdir, readFile, truncate, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { readRun } from '../../../src/disk/results/read';
import { setAside } from '../../../src/disk/results/write';
import { createScorerPool, type ScorerPool } from '../../../src/scoring/job/pool';
import { bundle, type Bundle } from '../../bundle';
import { FIXTURES, temporaryFolder } from '../helpers';
import { figures, filesIn, manyRequests, rowsOnDisk, tasksOf } from './scene';

// A machine may do much else at the time.
vi.setConfig({ testTimeout: 240_000 });

let scorer: Bundle;
let pool: ScorerPool;
let results: string;
beforeAll(async () => {
  scorer = await bundle({ scorer: 'src/scoring/checkpoint/process.ts' });
  pool = createScorerPool({ scorerPath: join(scorer.folder, 'scorer.js'), processes: 1 });
});
afterAll(async () => {
  pool.dispose();
  await scorer.remove();
});
beforeEach(async () => {
  results = join(await temporaryFolder(), 'x.scores');
});
afterEach(() => {
  rmSync(dirname(results), { recursive: true, force: true });
});

describe('a results folder', () => {
  it('deleted while it is written to is made again; what was in it is scored again at the next start', async () => {
    const tasks = tasksOf(results, 4, { requests: manyRequests(200) });
    let deletions = 0;
    const outcome = await pool.score({
      tasks,
      onOutcome: ({ step }) => {
        if (step > 1) return;
        rmSync(results, { recursive: true, force: true });
        deletions++;
      },
    });
    expect(deletions).toBe(2);
    expect(outcome).toMatchObject({ checkpoints: 4, failures: [], cancelled: false });
    const kept = await rowsOnDisk(results);
    expect(new Set(kept.map(({ step }) => step))).toEqual(new Set([2, 3]));
    expect(await pool.score({ tasks })).toMatchObject({ scored: 400, reused: 400, failures: [] });
    expect(await rowsOnDisk(results)).toHaveLength(800);
  });

  it('deleted at every moment never stops the work', async () => {
    const tasks = tasksOf(results, 12, { requests: manyRequests(20) });
    const deleting = setInterval(() => {
      // Somebody writes into it at the same time.
      try {
        rmSync(results, { recursive: true, force: true });
      } catch {
        // ENOTEMPTY
      }
    }, 3);
    const outcome = await pool.score({ tasks }).finally(() => {
      clearInterval(deleting);
    });
    for (const { code } of outcome.failures) expect(code).toBe('results-write');
    expect(await pool.score({ tasks })).toMatchObject({ checkpoints: 12, failures: [] });
    expect(await rowsOnDisk(results)).toHaveLength(240);
  });

  it('after a power cut: parts cut short or empty are set aside as they are, and scored again', async () => {
    const tasks = tasksOf(results, 6, { requests: manyRequests(30) });
    await pool.score({ tasks });
    const before = figures(await rowsOnDisk(results));
    const parts = (await filesIn(results)).filter((file) => file.endsWith('.parquet'));
    expect(parts).toHaveLength(6);
    const [cut, empty, zeroed, garbage, misplaced] = parts as [string, string, string, string, string];
    await truncate(cut, 1000);
    await truncate(empty, 0);
    // Some file systems bring back the length, and zeros for what was not yet written.
    await writeFile(zeroed, new Uint8Array((await readFile(zeroed)).length));
    await writeFile(garbage, 'edited by hand');
    await writeFile(join(dirname(cut), '.11111111-0000-0000-0000-000000000000.tmp'), 'never renamed');
    await copyFile(parts[5]!, join(dirname(misplaced), `copied-${basename(parts[5]!)}`));
    await writeFile(join(results, '_index.json'), '');
    await writeFile(join(results, '_hashes.json'), '{"x":');
    await writeFile(join(results, '_foils.json'), '[]');
    const damaged = await Promise.all([cut, empty, zeroed, garbage].map((file) => readFile(file)));

    const outcome = await pool.score({ tasks });
    expect(outcome).toMatchObject({ failures: [], scored: 120, reused: 60 });
    for (const [i, file] of [cut, empty, zeroed, garbage].entries()) {
      const aside = join(dirname(file), `_${basename(file)}.damaged`);
      expect(await readFile(aside)).toEqual(damaged[i]);
      expect(outcome.warnings.some((warning) => warning.includes(basename(aside)))).toBe(true);
    }
    const { parts: read, problems } = await readRun(results, 'run');
    expect(problems).toMatchObject([{ code: 'part-misplaced' }]);
    expect(figures(read.flatMap(({ rows }) => rows))).toEqual(before);
  });

  it('damaged again under the same name is set aside beside the first', async () => {
    const tasks = tasksOf(results, 1, { requests: manyRequests(5) });
    await pool.score({ tasks });
    const part = (await filesIn(results)).find((file) => file.endsWith('.parquet'))!;
    for (const content of ['one', 'two', 'three']) {
      await writeFile(part, content);
      await pool.score({ tasks });
    }
    const names = (await readdir(dirname(part))).filter((name) => name.endsWith('.damaged')).toSorted();
    expect(names).toEqual(['.2.damaged', '.3.damaged', '.damaged'].map((end) => `_${basename(part)}${end}`));
    const contents = await Promise.all(names.map((name) => readFile(join(dirname(part), name), 'utf8')));
    expect(contents).toEqual(['two', 'three', 'one']);
    expect(await rowsOnDisk(results)).toHaveLength(5);
  });
});

describe('a file where a folder should be', () => {
  it('of a step costs that checkpoint; of a run, that run, told once, and nothing is scored in vain', async () => {
    const requests = manyRequests(5);
    const tasks = [
      ...tasksOf(results, 3, { requests }),
      ...tasksOf(results, 2, { requests, run: 'other' }).map((task) => ({ ...task, id: `other-${task.id}` })),
    ];
    await mkdir(join(results, 'run'), { recursive: true });
    const way = join(results, 'run', 'step-1');
    await writeFile(way, 'in the way');
    const one = await pool.score({ tasks });
    expect(one).toMatchObject({
      checkpoints: 4,
      scored: 20,
      failures: [{ code: 'results-obstacle', file: way }],
    });
    rmSync(join(results, 'run'), { recursive: true });
    await writeFile(join(results, 'run'), 'in the way');
    const progress: string[] = [];
    const all = await pool.score({ tasks, onProgress: ({ done }) => progress.push(`${done}`) });
    expect(all).toMatchObject({
      checkpoints: 2,
      scored: 0,
      reused: 10,
      failures: [{ code: 'results-obstacle', file: join(results, 'run') }],
    });
    expect(all.failures[0]!.message).toContain('The same is true of run run, step 1; run run, step 2.');
  });
});

it('a damaged part that cannot be set aside is told as damaged, and why it stays', async (context) => {
  const home = dirname(results);
  const mount = (...options: string[]) => spawnSync('mount', [...options, home]).status;
  context.skip(mount('-t', 'tmpfs', '-o', 'size=4m', 'tmpfs') !== 0, 'needs the right to mount');
  try {
    const tasks = tasksOf(results, 1, { requests: manyRequests(5) });
    await pool.score({ tasks });
    const part = (await filesIn(results)).find((file) => file.endsWith('.parquet'))!;
    await truncate(part, 100);
    expect(mount('-o', 'remount,ro')).toBe(0);
    const { failures } = await pool.score({ tasks });
    expect(failures).toMatchObject([{ code: 'part-damaged', file: part }]);
    expect(failures[0]!.remedy).toMatch(
      /^It cannot be set aside, to be scored anew: The results folder .*--results DIR/,
    );
    expect(mount('-o', 'remount,rw')).toBe(0);
    expect(await pool.score({ tasks })).toMatchObject({ scored: 5, failures: [] });
  } finally {
    spawnSync('umount', ['-l', home]);
  }
});

it('temporary files of writers that died are gone after the next start, though nothing is to be written', async () => {
  const tasks = tasksOf(results, 1, { requests: manyRequests(5) });
  await pool.score({ tasks });
  const left = '.22222222-0000-0000-0000-000000000000.tmp';
  const file = join(results, 'run', 'step-0', left);
  await writeFile(file, 'half');
  await utimes(file, new Date(0), new Date(0));
  expect(await pool.score({ tasks })).toMatchObject({ scored: 0, reused: 5 });
  expect((await filesIn(results)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

it('a damaged part that two writers set aside at once is there once', async () => {
  await pool.score({ tasks: tasksOf(results, 1, { requests: manyRequests(5) }) });
  const part = (await filesIn(results)).find((file) => file.endsWith('.parquet'))!;
  await Promise.all([1, 2, 3].map(() => setAside(results, part)));
  const names = await readdir(dirname(part));
  expect(names.filter((name) => name.includes(basename(part)))).toEqual([`_${basename(part)}.damaged`]);
});

describe('a checkpoint that is replaced while it is scored', () => {
  const requests = manyRequests(4000);
  async function checkpoint(): Promise<string> {
    const home = join(dirname(results), 'checkpoint');
    await mkdir(home);
    await cp(join(FIXTURES, 'plain'), home, { recursive: true });
    await copyFile(join(FIXTURES, 'config.json'), join(home, 'config.json'));
    return join(home, 'model.onnx');
  }

  const other = join(FIXTURES, 'float16', 'model.onnx');

  it.each([
    [
      'by another file of its name',
      (model: string) => {
        copyFileSync(other, `${model}.new`);
        renameSync(`${model}.new`, model);
      },
    ],
    [
      'in place',
      (model: string) => {
        copyFileSync(other, model);
      },
    ],
    [
      'by a link that leads elsewhere',
      (model: string) => {
        renameSync(model, `${model}.old`);
        symlinkSync(other, model);
      },
    ],
    [
      'by nothing',
      (model: string) => {
        renameSync(model, `${model}.old`);
      },
    ],
  ])('%s is named, and nothing of it is stored under the key of the other', async (_, replace) => {
    const model = await checkpoint();
    const [task] = tasksOf(results, 1, { requests, model });
    let replaced = false;
    const outcome = await pool.score({
      tasks: [task!],
      onProgress: ({ done }) => {
        if (done > 0 && !replaced) replace(model);
        replaced ||= done > 0;
      },
    });
    expect(replaced).toBe(true);
    expect(outcome.cancelled).toBe(false);
    if (outcome.checkpoints === 0) {
      expect(outcome.failures).toMatchObject([
        { code: 'checkpoint-changed', file: model, place: 'run run, step 0' },
      ]);
      expect(await readRun(results, 'run')).toEqual({ parts: [], problems: [] });
      return;
    }
    // Weights that are read from the file as they are needed, and are there no more, end the process; the second
    // attempt is all the other model's.
    expect(outcome).toMatchObject({ scored: requests.length, failures: [] });
    const elsewhere = join(dirname(results), 'quiet.scores');
    await pool.score({ tasks: [{ ...task!, results: elsewhere }] });
    const keyed = async (folder: string) =>
      new Map((await rowsOnDisk(folder)).map(({ key, logprob_mean }) => [key, logprob_mean.toFixed(4)]));
    expect(await keyed(results)).toEqual(await keyed(elsewhere));
  });

  it('is scored anew at the next start, under its own key', async () => {
    const model = await checkpoint();
    const [task] = tasksOf(results, 1, { requests: manyRequests(20), model });
    await pool.score({ tasks: [task!] });
    await copyFile(join(FIXTURES, 'float16', 'model.onnx'), model);
    expect(await pool.score({ tasks: [task!] })).toMatchObject({ scored: 20, reused: 0, failures: [] });
    const { parts } = await readRun(results, 'run');
    expect(new Set(parts.map(({ metadata }) => metadata.scorer?.model)).size).toBe(2);
  });
});
