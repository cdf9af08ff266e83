import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { spawnSync } from 'node:child_process';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FailureError, type Failure } from '../../src/core/failure';
import type { Part } from '../../src/core/results/part';
import { INDEX_FILE, resultsFolder, runFolderName, stepOf } from '../../src/disk/results/folder';
import { assertWay } from '../../src/disk/results/obstacle';
import { createPartCache, readRun, readStep } from '../../src/disk/results/read';
import { setAside, sweepStep, writePart } from '../../src/disk/results/write';
import { row } from '../core/results/rows';

let home: string;
let folder: string;
beforeEach(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), 'results-')));
  folder = join(home, 'mars.scores');
});
afterEach(() => rm(home, { recursive: true, force: true }));

const part = (step: number, ...keys: string[]): Part => ({
  metadata: { scorer: { model: 'm', tokenizer: 't', options: 'o' }, settings: {} },
  rows: keys.map((key) => row({ step, key })),
});
const write = (step: number, ...keys: string[]) => writePart(folder, 'small-s1', step, part(step, ...keys));

async function failing(work: Promise<unknown>): Promise<Failure> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof FailureError)) throw new Error(`no FailureError but ${String(error)}`);
  return error.failure;
}

/** Root may read and write everything, so that work which has to fail is done as another user. */
async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return work();
  await chmod(home, 0o755);
  process.seteuid?.(65534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

async function everything(of: string): Promise<string[]> {
  return (await readdir(of, { recursive: true })).sort();
}

describe('names', () => {
  it('puts the folder beside the probe file, or where it is told to', () => {
    expect(resultsFolder('/a/mars.probes.yaml')).toBe('/a/mars.scores');
    expect(resultsFolder('/a/mars.v2.probes.YML')).toBe('/a/mars.v2.scores');
    expect(resultsFolder('/a/mars.probes.yaml', '/scratch')).toBe('/scratch/mars.scores');
  });

  it('keeps plain run ids as they are', () => {
    expect(runFolderName('paper-7b_v1.2')).toBe('paper-7b_v1.2');
  });

  it('makes every run id one harmless name of its own', () => {
    const hostile = fc.constantFrom(
      '..',
      '../x',
      '.',
      '',
      '/etc',
      'C:\\x',
      'con',
      'NUL.txt',
      'a/b',
      'a\0b',
      'lr=3',
      'x.',
    );
    const id = fc.oneof(hostile, fc.string({ unit: 'binary', maxLength: 300 }));
    fc.assert(
      fc.property(id, id, (a, b) => {
        const name = runFolderName(a);
        expect(name).toMatch(/^[A-Za-z0-9%-][A-Za-z0-9%_.-]*$/);
        expect(name.length).toBeLessThan(200);
        expect(name).not.toMatch(/\.$|^(con|nul)(\.|$)/i);
        expect(dirname(resolve('/r', name))).toBe('/r');
        // Unpaired surrogates are one and the same in UTF-8.
        if (Buffer.compare(Buffer.from(a), Buffer.from(b)) !== 0) expect(name).not.toBe(runFolderName(b));
      }),
      { numRuns: 1000 },
    );
  });

  it('reads steps back and nothing else', () => {
    expect(
      ['step-0', 'step-1200', 'step-01', 'step--1', 'step-', 'step-1e3', 'step-99999999999999999', 'x'].map(
        stepOf,
      ),
    ).toEqual([0, 1200, undefined, undefined, undefined, undefined, undefined, undefined]);
  });
});

describe('a results folder', () => {
  it('gives back what was written, by step and by run', async () => {
    await write(100, 'a', 'b');
    await write(0, 'c');
    await write(100, 'd');
    await writePart(folder, 'other', 0, { ...part(0), rows: [row({ run: 'other', step: 0 })] });

    const run = await readRun(folder, 'small-s1');
    expect(run.problems).toEqual([]);
    expect(run.parts.map(({ step }) => step)).toEqual([0, 100, 100]);
    expect(run.parts.flatMap(({ rows }) => rows.map(({ key }) => key)).sort()).toEqual(['a', 'b', 'c', 'd']);
    const step = await readStep(folder, 'small-s1', 100);
    expect(step.parts.flatMap(({ rows }) => rows.map(({ key }) => key)).sort()).toEqual(['a', 'b', 'd']);
    expect(step.parts[0]?.metadata.scorer).toEqual(part(0).metadata.scorer);
  });

  it('consists of parts, its own .gitignore and the index file', async () => {
    const first = await write(100, 'a');
    await write(100, 'b');
    const names = (await everything(folder)).filter((name) => !name.endsWith('.parquet'));
    expect(names).toEqual(['.gitignore', INDEX_FILE, 'small-s1', join('small-s1', 'step-100')]);
    expect(await readFile(join(folder, '.gitignore'), 'utf8')).toMatch(/^\*$/m);
    expect(basename(first)).toMatch(/^[0-9a-f-]{36}\.parquet$/);
  });

  it('rings its bell after every part', async () => {
    const first = await write(100, 'a');
    const told = await readFile(join(folder, INDEX_FILE), 'utf8');
    expect(JSON.parse(told)).toMatchObject({ run: 'small-s1', step: 100, part: basename(first) });
    await write(200, 'a');
    expect(await readFile(join(folder, INDEX_FILE), 'utf8')).not.toBe(told);
  });

  it('is read as it is by another program', async () => {
    await write(0, 'a');
    await write(100, 'b', 'c');
    await writeFile(
      join(dirname(await write(100, 'd')), '.0b9d6f9e-0000-0000-0000-000000000000.tmp'),
      'half',
    );
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    const result = await connection.runAndReadAll(
      `select step, count(*)::int as n from read_parquet('${folder}/**/*.parquet') group by step order by step`,
    );
    expect(result.getRowsJson()).toEqual([
      ['0', 1],
      ['100', 3],
    ]);
  });

  it('takes parts from many writers at once', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, i) => write(i % 3, `k${i}`)));
    const { parts, problems } = await readRun(folder, 'small-s1');
    expect(problems).toEqual([]);
    expect(parts).toHaveLength(20);
  });

  it('that does not exist has no parts and no problems', async () => {
    expect(await readRun(folder, 'small-s1')).toEqual({ parts: [], problems: [] });
  });

  it('keeps hostile run ids inside', async () => {
    for (const run of ['../../evil', '..', '/etc/x', 'a\\..\\b']) {
      await writePart(folder, run, 0, { ...part(0), rows: [row({ run, step: 0 })] });
      expect((await readRun(folder, run)).parts).toHaveLength(1);
    }
    expect(await readdir(home)).toEqual(['mars.scores']);
  });
});

describe('a cache of parts', () => {
  it('costs only what is new', async () => {
    const cache = createPartCache();
    await write(0, 'a');
    const before = await readRun(folder, 'small-s1', { cache });
    await write(100, 'b');
    const after = await readRun(folder, 'small-s1', { cache });
    expect(after.parts).toHaveLength(2);
    expect(after.parts[0]!.rows).toBe(before.parts[0]!.rows);
  });

  it('reads again what has changed, and forgets what is gone', async () => {
    const cache = createPartCache();
    const file = await write(0, 'a');
    const other = await write(1, 'b');
    await readRun(folder, 'small-s1', { cache });
    await writeFile(file, 'broken');
    await rm(other);
    const after = await readRun(folder, 'small-s1', { cache });
    expect(after.parts).toEqual([]);
    expect(after.problems.map(({ code }) => code)).toEqual(['part-damaged']);
    expect([...cache.keys()]).toEqual([file]);
  });

  it('does not give rows without tokens to who wants tokens', async () => {
    const cache = createPartCache();
    await write(0, 'a');
    const tokens = async (wanted: boolean) => {
      const { parts } = await readRun(folder, 'small-s1', { cache, tokens: wanted });
      return parts[0]!.rows[0]!.tokens.length;
    };
    expect(await tokens(false)).toBe(0);
    expect(await tokens(true)).toBe(2);
  });
});

describe('faults', () => {
  it('a damaged part is reported, hides nothing, and is set aside by the writer only', async () => {
    const bad = await write(100, 'a');
    const good = await write(100, 'b');
    const bytes = await readFile(bad);
    bytes[200]! ^= 1;
    await writeFile(bad, bytes);

    const reading = await readStep(folder, 'small-s1', 100);
    expect(reading.parts.map(({ file }) => file)).toEqual([good]);
    expect(reading.problems).toMatchObject([{ code: 'part-damaged', file: bad }]);
    expect(await readdir(dirname(bad))).toContain(basename(bad));

    const aside = await setAside(folder, bad);
    expect(await readFile(aside)).toEqual(bytes);
    expect(await readStep(folder, 'small-s1', 100)).toMatchObject({ parts: [{ file: good }], problems: [] });
  });

  it("another run's part is left out and reported", async () => {
    const file = await write(100, 'a');
    const elsewhere = join(folder, 'small-s1', 'step-7', basename(file));
    await mkdir(dirname(elsewhere));
    await writeFile(elsewhere, await readFile(file));
    const { parts, problems } = await readRun(folder, 'small-s1');
    expect(parts).toHaveLength(1);
    expect(problems).toMatchObject([{ code: 'part-misplaced', file: elsewhere }]);
  });

  it('two runs whose names differ in case only may share a folder, as they do on Windows', async () => {
    const file = await write(100, 'a');
    await mkdir(join(folder, 'SMALL-S1', 'step-100'), { recursive: true });
    await writeFile(join(folder, 'SMALL-S1', 'step-100', basename(file)), await readFile(file));
    const { parts, problems } = await readRun(folder, 'SMALL-S1');
    expect(problems).toEqual([]);
    expect(parts.flatMap(({ rows }) => rows)).toEqual([]);
  });

  it('temporary files are no parts, and old ones are swept, but not through a link that leads out', async () => {
    const step = dirname(await write(100, 'a'));
    const young = join(step, '.11111111-0000-0000-0000-000000000000.tmp');
    const old = join(step, '.22222222-0000-0000-0000-000000000000.tmp');
    await writeFile(young, 'half');
    await writeFile(old, 'half');
    await utimes(old, new Date(0), new Date(0));
    expect((await readStep(folder, 'small-s1', 100)).parts).toHaveLength(1);
    await sweepStep(folder, 'small-s1', 100);
    const names = await readdir(step);
    expect(names).toContain(basename(young));
    expect(names).not.toContain(basename(old));
    await writeFile(join(home, basename(old)), 'half');
    await utimes(join(home, basename(old)), new Date(0), new Date(0));
    await symlink(home, join(folder, 'small-s1', 'step-200'));
    for (const way of [200, 300]) await sweepStep(folder, 'small-s1', way);
    expect(await readdir(home)).toContain(basename(old));
  });

  it('nothing is written through a link that leads out', async () => {
    const outside = join(home, 'outside');
    await mkdir(outside);
    await mkdir(folder);
    await symlink(outside, join(folder, 'small-s1'));
    expect(await failing(write(100, 'a'))).toMatchObject({
      code: 'results-link',
      file: join(folder, 'small-s1'),
    });
    expect(await readdir(outside)).toEqual([]);

    await rm(join(folder, 'small-s1'));
    await mkdir(join(folder, 'small-s1'));
    await symlink(outside, join(folder, 'small-s1', 'step-100'));
    expect((await failing(write(100, 'a'))).code).toBe('results-link');
    expect(await readdir(outside)).toEqual([]);
  });

  it('an index file that is a link is replaced, not followed', async () => {
    const precious = join(home, 'precious');
    await writeFile(precious, 'mine');
    await mkdir(folder);
    await symlink(precious, join(folder, INDEX_FILE));
    await write(0, 'a');
    expect(await readFile(precious, 'utf8')).toBe('mine');
  });

  it('a results folder that is itself a link is its owner’s wish', async () => {
    await mkdir(join(home, 'scratch'));
    await symlink(join(home, 'scratch'), folder);
    await write(0, 'a');
    expect((await readRun(folder, 'small-s1')).parts).toHaveLength(1);
  });

  it('a file where a folder should be is named, with a remedy', async () => {
    await writeFile(folder, 'in the way');
    const failure = await failing(write(0, 'a'));
    expect(failure).toMatchObject({ code: 'results-write' });
    expect(failure.remedy).toMatch(/knowledgeProbes\.results\.folder.*--results/);
  });

  it('a file where the folder of a run or a step should be is named, with a remedy', async () => {
    await mkdir(folder);
    for (const way of ['small-s1', join('small-s1', 'step-0')]) {
      await writeFile(join(folder, way), 'in the way');
      for (const work of [() => write(0, 'a'), () => assertWay(folder, 'small-s1', 0)]) {
        expect(await failing(work())).toMatchObject({
          code: 'results-obstacle',
          file: join(folder, way),
          remedy: expect.stringContaining('Move it away') as string,
        });
      }
      await rm(join(folder, way));
      await mkdir(join(folder, way));
    }
    await assertWay(folder, 'small-s1', 0);
    await write(0, 'a');
  });

  it('its .gitignore is made again where a power cut has left it empty, and left alone where it says anything', async () => {
    await write(0, 'a');
    const file = join(folder, '.gitignore');
    await writeFile(file, '');
    await write(0, 'b');
    expect(await readFile(file, 'utf8')).toMatch(/^\*$/m);
    await writeFile(file, '# mine\n');
    await write(0, 'c');
    expect(await readFile(file, 'utf8')).toBe('# mine\n');
    await rm(file);
    await symlink(join(home, 'nowhere'), file);
    await write(0, 'd');
    expect(await readdir(home)).toEqual(['mars.scores']);
  });

  it('a path that is too long is named, with a remedy', async () => {
    folder = join(home, 'x'.repeat(300));
    expect(await failing(write(0, 'a'))).toMatchObject({ code: 'results-write', place: 'ENAMETOOLONG' });
  });

  it('a read-only folder is named, with a remedy, and nothing is left behind', async () => {
    await write(0, 'a');
    const before = await everything(folder);
    await chmod(join(folder, 'small-s1', 'step-0'), 0o555);
    const failure = await asNobody(() => failing(write(0, 'b')));
    expect(failure).toMatchObject({ code: 'results-write', place: 'EACCES' });
    expect(failure.remedy).toMatch(/--results/);
    expect(await everything(folder)).toEqual(before);
  });

  it('parts that may not be read are reported, and hide nothing', async () => {
    const secret = await write(0, 'a');
    await write(1, 'b');
    const hidden = dirname(await write(2, 'c'));
    await chmod(secret, 0);
    await chmod(hidden, 0);
    const { parts, problems } = await asNobody(() => readRun(folder, 'small-s1'));
    expect(parts.map(({ step }) => step)).toEqual([1]);
    expect(problems).toMatchObject([
      { code: 'results-read', file: hidden, place: 'EACCES' },
      { code: 'results-read', file: secret, place: 'EACCES' },
    ]);
  });

  it('a full disk is told, and nothing half-written is left', async (context) => {
    const small = join(home, 'small');
    await mkdir(small);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', small]);
    context.skip(mounted.status !== 0, 'needs the right to mount a small file system');
    try {
      folder = join(small, 'mars.scores');
      let failure: Failure | undefined;
      let written = 0;
      for (let i = 0; failure === undefined && i < 1000; i++) {
        const keys = Array.from({ length: 20 }, (_, k) => `${i}.${k}`);
        await write(0, ...keys).then(
          () => written++,
          (error: unknown) => (failure = (error as FailureError).failure),
        );
      }
      expect(failure).toMatchObject({ code: 'results-write', place: 'ENOSPC' });
      expect(failure?.remedy).toMatch(/space/);
      const { parts, problems } = await readRun(folder, 'small-s1');
      expect(problems).toEqual([]);
      expect(parts).toHaveLength(written);
      expect((await everything(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    } finally {
      spawnSync('umount', [small]);
    }
  });
});
