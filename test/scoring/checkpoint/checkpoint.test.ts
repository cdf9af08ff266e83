import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, readdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ScoreRow } from '../../../src/core/results/row';
import type { Remark } from '../../../src/protocol/scorer';
import { scoreCheckpoint } from '../../../src/scoring/checkpoint/checkpoint';
import {
  FIXTURES,
  REFERENCE,
  referenceRequests,
  rejection,
  request,
  rowsOnDisk,
  task,
  temporaryFolder,
} from '../helpers';

/**
 * Nats. A float32 logit that differs in its last bit may be rounded to the other of two float16 numbers, and those
 * are up to 0.004 apart where logits are below 8.
 */
const TOLERANCE = { float32: 1e-5, float16: 4e-3 };

/** Compares rows with PyTorch: log probabilities within the tolerance; ids, ranks, the best and greedy exactly. */
function expectReference(rows: readonly ScoreRow[], precision: 'float32' | 'float16'): void {
  let largest = 0;
  const difference = (a: number, b: number): void => {
    largest = Math.max(largest, Math.abs(a - b));
  };
  for (const [i, expected] of REFERENCE.entries()) {
    const row = rows.find(({ probe }) => probe === `case-${i}`)!;
    const { tokens, full, greedy } = expected[precision];
    const exact = (list: typeof tokens): unknown =>
      list.map(({ id, rank, best }) => ({ id, rank, best: best.map((other) => other.id) }));
    expect(exact(row.tokens)).toEqual(exact(tokens));
    expect(row.greedy).toBe(greedy);
    expect(row.n_tokens).toBe(tokens.length);
    expect(row.n_bytes).toBe(Buffer.byteLength(expected.continuation));
    const mean = tokens.reduce((total, { logprob }) => total + logprob, 0) / tokens.length;
    difference(row.logprob_mean, mean);
    difference(row.logprob_sum / tokens.length, mean);
    difference(row.logprob_first, tokens[0]!.logprob);
    if (row.logprob_full !== null) difference(row.logprob_full, full);
    for (const [j, token] of tokens.entries()) {
      difference(row.tokens[j]!.logprob, token.logprob);
      for (const [k, best] of token.best.entries()) difference(row.tokens[j]!.best[k]!.logprob, best.logprob);
    }
  }
  expect(rows).toHaveLength(REFERENCE.length);
  expect(largest).toBeLessThan(TOLERANCE[precision]);
}

describe('a checkpoint against PyTorch', () => {
  it.each([
    ['plain', 'float32'],
    ['ids-only', 'float32'],
    ['positions', 'float32'],
    ['int32', 'float32'],
    ['past', 'float32'],
    ['external', 'float32'],
    ['float16', 'float16'],
  ] as const)('%s', async (fixture, precision) => {
    const job = task(fixture, await temporaryFolder(), { full: true });
    const outcome = await scoreCheckpoint(job);
    expect(outcome).toMatchObject({ scored: REFERENCE.length, reused: 0, refused: [], cancelled: false });
    const rows = await rowsOnDisk(job);
    expectReference(rows, precision);
    expect(rows.map(({ logprob_full }) => logprob_full)).not.toContain(null);
  });

  it('has cases in which greedy decoding gives the target, and in which not', () => {
    expect(new Set(REFERENCE.map(({ float32 }) => float32.greedy))).toEqual(new Set([true, false]));
  });

  it.each([1, 40, 100, 100_000])('whatever shares the batch: budget of %d tokens', async (budget) => {
    const job = task('plain', await temporaryFolder());
    await scoreCheckpoint(job, { budget });
    expectReference(await rowsOnDisk(job), 'float32');
  });

  it('in a Hugging Face cache, where every file is a link', async () => {
    const home = await temporaryFolder();
    const snapshot = join(home, 'snapshots', 'x');
    await mkdir(join(home, 'blobs'));
    await mkdir(snapshot, { recursive: true });
    for (const [i, name] of ['model.onnx', 'model.onnx_data'].entries()) {
      await copyFile(join(FIXTURES, 'external', name), join(home, 'blobs', `blob${i}`));
      await symlink(join('..', '..', 'blobs', `blob${i}`), join(snapshot, name));
    }
    const job = task('external', await temporaryFolder(), { model: join(snapshot, 'model.onnx') });
    await scoreCheckpoint(job);
    expectReference(await rowsOnDisk(job), 'float32');
  });
});

describe('what is on disk', () => {
  it('is not scored again', async () => {
    const job = task('plain', await temporaryFolder());
    await scoreCheckpoint(job);
    const again = await scoreCheckpoint(job);
    expect(again).toMatchObject({ scored: 0, reused: REFERENCE.length, cancelled: false });
    expect(await rowsOnDisk(job)).toHaveLength(REFERENCE.length);
  });

  it('is not scored again after one target has changed: only that one is', async () => {
    const job = task('plain', await temporaryFolder());
    await scoreCheckpoint(job);
    const changed = {
      ...job,
      requests: job.requests.with(3, request(job.requests[3]!.prompt, ' of Mars', { probe: 'case-3' })),
    };
    const outcome = await scoreCheckpoint(changed);
    expect(outcome).toMatchObject({ scored: 1, reused: REFERENCE.length - 1 });
    const written = (await rowsOnDisk(job)).slice(REFERENCE.length);
    expect(written.map(({ probe, text }) => [probe, text])).toEqual([['case-3', ' of Mars']]);
  });

  it('is copied to a probe of another name, without the model', async () => {
    const job = task('plain', await temporaryFolder());
    await scoreCheckpoint(job);
    const before = await rowsOnDisk(job);
    const renamed = job.requests.map((one) => ({ ...one, fact: 'renamed' }));
    const outcome = await scoreCheckpoint({ ...job, requests: renamed });
    expect(outcome).toMatchObject({ scored: 0, reused: REFERENCE.length });
    const copies = (await rowsOnDisk(job)).slice(REFERENCE.length);
    expect(copies).toEqual(before.map((row) => ({ ...row, fact: 'renamed' })));
  });

  it('is scored again where the mean over prompt and target is asked for and not there', async () => {
    const job = task('plain', await temporaryFolder());
    await scoreCheckpoint(job);
    const first = await rowsOnDisk(job);
    expect(new Set(first.map(({ logprob_full }) => logprob_full))).toEqual(new Set([null]));
    const full = await scoreCheckpoint({ ...job, full: true });
    expect(full).toMatchObject({ scored: REFERENCE.length, reused: 0 });
    const rows = (await rowsOnDisk(job)).slice(REFERENCE.length);
    expect(rows.map(({ logprob_full }) => logprob_full)).not.toContain(null);
    for (const again of [{ ...job, full: true }, job]) {
      expect(await scoreCheckpoint(again)).toMatchObject({ scored: 0, reused: REFERENCE.length });
    }
  });

  it('counts only for the same model', async () => {
    const results = await temporaryFolder();
    await scoreCheckpoint(task('plain', results));
    expect(await scoreCheckpoint(task('float16', results))).toMatchObject({ scored: REFERENCE.length });
  });

  it('counts again once its model is back after another one, without being run', async () => {
    const results = await temporaryFolder();
    await scoreCheckpoint(task('plain', results));
    const before = await rowsOnDisk(task('plain', results));
    const other = await scoreCheckpoint(task('float16', results));
    expect(other).toMatchObject({ scored: REFERENCE.length, reused: 0 });
    let written = 2 * REFERENCE.length;
    for (const copied of [REFERENCE.length, 0]) {
      const outcome = await scoreCheckpoint(task('plain', results));
      expect(outcome).toMatchObject({ scored: 0, reused: REFERENCE.length });
      written += copied;
      expect(await rowsOnDisk(task('plain', results))).toHaveLength(written);
    }
    // The later of two scores of a text is the one that readers take.
    const latest = new Map((await rowsOnDisk(task('plain', results))).map((row) => [row.probe, row]));
    expect([...latest.values()]).toEqual(before);
  });

  it('counts for all texts again once its model is back and one of them is asked for', async () => {
    const results = await temporaryFolder();
    await scoreCheckpoint(task('plain', results));
    await scoreCheckpoint(task('float16', results));
    const { requests } = task('plain', results);
    const one = await scoreCheckpoint(task('plain', results, { requests: requests.slice(0, 1) }));
    expect(one).toMatchObject({ scored: 0, reused: 1 });
    const before = await rowsOnDisk(task('plain', results));
    expect(await scoreCheckpoint(task('plain', results))).toMatchObject({ reused: REFERENCE.length });
    expect(await rowsOnDisk(task('plain', results))).toHaveLength(before.length);
  });

  it('counts from the next start on though the clock has gone back since, or another machine’s is ahead', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const results = await temporaryFolder();
      const at = async (date: string, fixture: string) => {
        vi.setSystemTime(date);
        return scoreCheckpoint(task(fixture, results));
      };
      const latest = async () =>
        new Map((await rowsOnDisk(task('plain', results))).map((row) => [row.probe, row.key]));
      await at('2099-01-01', 'plain');
      const plain = await latest();
      expect(await at('2026-01-01', 'float16')).toMatchObject({ scored: REFERENCE.length });
      for (const [probe, key] of await latest()) expect(key).not.toBe(plain.get(probe));
      expect(await at('2026-01-02', 'float16')).toMatchObject({ scored: 0, reused: REFERENCE.length });
      expect(await rowsOnDisk(task('plain', results))).toHaveLength(2 * REFERENCE.length);
      // Copies, too, are later than what they are copied from; and no start adds to them.
      for (const date of ['2025-01-01', '2024-01-01']) {
        expect(await at(date, 'plain')).toMatchObject({ scored: 0, reused: REFERENCE.length });
        expect(await latest()).toEqual(plain);
        expect(await rowsOnDisk(task('plain', results))).toHaveLength(3 * REFERENCE.length);
      }
    } finally {
      vi.useRealTimers();
    }
  });

  it('does not count less for another text that was scored in between', async () => {
    const results = await temporaryFolder();
    const asked = (text: string) => task('plain', results, { requests: [request('The moons', text)] });
    for (const text of [' Callisto', ' Europa']) await scoreCheckpoint(asked(text));
    const again = await scoreCheckpoint(asked(' Callisto'));
    expect(again).toMatchObject({ scored: 0, reused: 1 });
    expect(await rowsOnDisk(asked(''))).toHaveLength(2);
  });

  it('is set aside where it is damaged, and scored again', async () => {
    const job = task('plain', await temporaryFolder());
    await scoreCheckpoint(job);
    const folder = join(job.results, 'run', 'step-0');
    const [part] = await readdir(folder);
    await truncate(join(folder, part!), 1000);
    const outcome = await scoreCheckpoint(job);
    expect(outcome.scored).toBe(REFERENCE.length);
    const [{ what }] = outcome.remarks as [Remark];
    expect(what).toContain(part);
    expect(what).toContain(`It is kept as _${part!}.damaged; what was in it is scored anew.`);
    expect(await rowsOnDisk(job)).toHaveLength(REFERENCE.length);
    expect(await readdir(folder)).toContain(`_${part!}.damaged`);
  });

  it('keeps one row for each request, though two have the same text', async () => {
    const twice = [request('The moons', ' of', { fact: 'a' }), request('The moons', ' of', { fact: 'b' })];
    const job = task('plain', await temporaryFolder(), { requests: twice });
    expect(await scoreCheckpoint(job)).toMatchObject({ scored: 2 });
    const rows = await rowsOnDisk(job);
    expect(rows.map(({ fact }) => fact)).toEqual(['a', 'b']);
    expect(rows[0]!.key).toBe(rows[1]!.key);
  });
});

describe('cancelling', () => {
  it('keeps what is done, and the next start does the rest', async () => {
    const job = task('plain', await temporaryFolder());
    const controller = new AbortController();
    const stopped = await scoreCheckpoint(job, {
      budget: 1,
      signal: controller.signal,
      onProgress: (done) => {
        if (done === 4) controller.abort();
      },
    });
    expect(stopped).toMatchObject({ scored: 4, cancelled: true });
    expect(await rowsOnDisk(job)).toHaveLength(4);
    const rest = await scoreCheckpoint(job);
    expect(rest).toMatchObject({ scored: REFERENCE.length - 4, reused: 4, cancelled: false });
    expectReference(await rowsOnDisk(job), 'float32');
  });

  it('before the beginning scores nothing', async () => {
    const job = task('plain', await temporaryFolder());
    const outcome = await scoreCheckpoint(job, { signal: AbortSignal.abort() });
    expect(outcome).toMatchObject({ scored: 0, cancelled: true });
  });
});

describe('progress', () => {
  it('goes up to all requests, in steps of batches', async () => {
    const seen: (readonly [number, number])[] = [];
    await scoreCheckpoint(task('plain', await temporaryFolder()), {
      budget: 1,
      onProgress: (done, total) => seen.push([done, total]),
    });
    expect(seen).toEqual(Array.from({ length: REFERENCE.length + 1 }, (_, i) => [i, REFERENCE.length]));
  });
});

describe('texts that cannot be scored', () => {
  it('are refused by name, and the others scored', async () => {
    const requests = [
      request('', 'x', { probe: 'nothing-before' }),
      request('The', '', { probe: 'empty' }),
      request('The', ' moon'),
    ];
    const outcome = await scoreCheckpoint(task('plain', await temporaryFolder(), { requests }));
    expect(outcome.scored).toBe(1);
    expect(outcome.cancelled).toBe(false);
    expect(outcome.refused.map(({ code, place }) => [code, place])).toEqual([
      ['nothing-before-target', 'probe fact/nothing-before'],
      ['target-empty', 'probe fact/empty'],
    ]);
  });

  it('are cut from the left where the prompt is too long, and that is said', async () => {
    const tail = 'The moons of Jupiter were the first';
    // 160 tokens of context; what stands before the last 159 of the prompt is not seen.
    const long = (start: string): string => start + 'x'.repeat(200) + tail;
    const requests = ['a', 'b'].map((start) => request(long(start), '.', { probe: start }));
    const job = task('plain', await temporaryFolder(), { requests, full: true });
    const outcome = await scoreCheckpoint(job);
    const [a, b] = await rowsOnDisk(job);
    expect(a!.logprob_full).toBe(b!.logprob_full);
    expect(a!.logprob_mean).not.toBe(REFERENCE[2]!.float32.full);
    const [{ what, probes }] = outcome.remarks as [Remark];
    expect(what).toMatch(/cut from the left.*160 tokens/);
    expect(probes).toEqual([expect.stringMatching(/^fact\/a /), expect.stringMatching(/^fact\/b /)]);
    const tooLong = request('The', ' x'.repeat(200));
    expect(
      (await scoreCheckpoint(task('plain', await temporaryFolder(), { requests: [tooLong] }))).refused,
    ).toMatchObject([{ code: 'target-too-long' }]);
  });

  it('are told of where a token spans the border', async () => {
    const { remarks } = await scoreCheckpoint(task('plain', await temporaryFolder()));
    const [{ what, probes }] = remarks as [Remark];
    expect(what).toContain('spans the border');
    expect(probes).toEqual(['fact/case-5 (` government`)']);
  });
});

describe('a model that cannot be scored', () => {
  it.each([
    ['foreign', 'model-input', /`pixel_values` is float32 \[batch, 3, 8, 8\]; expected is input_ids/],
    ['last-only', 'model-last-logits', /last position only/],
  ])('%s', async (fixture, code, message) => {
    const job = task(fixture, await temporaryFolder());
    const failure = await rejection(scoreCheckpoint(job));
    expect(failure).toMatchObject({ code, file: job.model });
    expect(failure.message).toMatch(message);
  });

  it('has answers to some of the texts only, or to none', async () => {
    const { scored, failures } = await scoreCheckpoint(task('nan', await temporaryFolder()));
    expect(scored).toBe(0);
    expect(failures).toMatchObject([
      { code: 'logits-not-finite', file: join(FIXTURES, 'nan', 'model.onnx') },
    ]);
    expect(failures[0]!.message).toMatch(/for the probes (fact\/case-\d+(, | and )){5}7 more\.$/);
  });

  it('fails on a text that is longer than its graph bears, where no config.json says so: the others are scored', async () => {
    const home = await temporaryFolder();
    await copyFile(join(FIXTURES, 'plain', 'model.onnx'), join(home, 'model.onnx'));
    await copyFile(join(FIXTURES, 'tokenizer.json'), join(home, 'tokenizer.json'));
    const long = request('The moons '.repeat(200), ' Io', { probe: 'long' });
    const model = join(home, 'model.onnx');
    const { requests } = task('plain', home);
    const job = task('plain', await temporaryFolder(), {
      model,
      tokenizer: home,
      requests: [long, ...requests],
    });
    const { scored, failures } = await scoreCheckpoint(job);
    expect(scored).toBe(REFERENCE.length);
    expect(failures).toMatchObject([{ code: 'model-run', file: model }]);
    expect(failures[0]!.message).toMatch(/, for the probe fact\/long\.$/);
    expect(failures[0]!.remedy).toContain('config.json');
  });

  it('is given up when nothing of many texts has an answer', async () => {
    const requests = Array.from({ length: 400 }, (_, i) =>
      request('The moons', ` x${i}`, { probe: `p${i}` }),
    );
    const told: number[] = [];
    const scoring = scoreCheckpoint(task('nan', await temporaryFolder(), { requests }), {
      onProgress: (done) => told.push(done),
    });
    expect((await rejection(scoring)).message).toMatch(/and 251 more\.$/);
    expect(told.at(-1)).toBe(255);
  });

  it('is missing', async () => {
    const model = join(FIXTURES, 'nowhere', 'model.onnx');
    const failure = await rejection(scoreCheckpoint(task('plain', await temporaryFolder(), { model })));
    expect(failure).toMatchObject({ code: 'model-missing', file: model });
  });

  it.each([0, 1, 8, 100, 30_000, 80_000])('is cut short after %d bytes', async (size) => {
    const model = join(await temporaryFolder(), 'model.onnx');
    await copyFile(join(FIXTURES, 'plain', 'model.onnx'), model);
    await truncate(model, size);
    const failure = await rejection(scoreCheckpoint(task('plain', await temporaryFolder(), { model })));
    expect(failure).toMatchObject({ code: 'model-unreadable', file: model });
    // One sentence: no line breaks, no C++, the path once.
    expect(failure.message).not.toMatch(/\n|\.cc:|::|knowledge-probes-/);
  });

  it('is no model at all', async () => {
    const model = join(await temporaryFolder(), 'model.onnx');
    await writeFile(model, '<html>404</html>'.repeat(100));
    const failure = await rejection(scoreCheckpoint(task('plain', await temporaryFolder(), { model })));
    expect(failure).toMatchObject({ code: 'model-unreadable', file: model });
  });

  it('has lost its external data', async () => {
    const model = join(await temporaryFolder(), 'model.onnx');
    await copyFile(join(FIXTURES, 'external', 'model.onnx'), model);
    const failure = await rejection(scoreCheckpoint(task('plain', await temporaryFolder(), { model })));
    expect(failure).toMatchObject({ code: 'model-data-missing', file: model });
    expect(failure.message).toContain('model.onnx_data');
  });

  it('has external data that are cut short', async () => {
    const home = await temporaryFolder();
    for (const name of ['model.onnx', 'model.onnx_data'])
      await copyFile(join(FIXTURES, 'external', name), join(home, name));
    await truncate(join(home, 'model.onnx_data'), 5000);
    const failure = await rejection(
      scoreCheckpoint(task('plain', await temporaryFolder(), { model: join(home, 'model.onnx') })),
    );
    expect(failure).toMatchObject({ code: 'model-data-missing', file: join(home, 'model.onnx') });
  });

  it('has external data elsewhere: not even looked at', async () => {
    const model = join(await temporaryFolder(), 'model.onnx');
    const bytes = await readFile(join(FIXTURES, 'external', 'model.onnx'), 'latin1');
    await writeFile(model, bytes.replaceAll('model.onnx_data', '../../x/../../y'), 'latin1');
    const failure = await rejection(scoreCheckpoint(task('plain', await temporaryFolder(), { model })));
    expect(failure).toMatchObject({ code: 'model-data-missing', file: model });
    expect(failure.message).toContain('leads out of its folder');
  });

  it('has another tokenizer', async () => {
    const tokenizer = await temporaryFolder();
    const text = await readFile(join(FIXTURES, 'tokenizer.json'), 'utf8');
    await writeFile(join(tokenizer, 'tokenizer.json'), text.replace('"Mars": ', '"Mars": 9'));
    const requests = [request('The', 'Mars'), request('The f', 'Mars moon')];
    const job = task('plain', await temporaryFolder(), { tokenizer, requests });
    const failure = await rejection(scoreCheckpoint(job));
    expect(failure).toMatchObject({
      code: 'token-unknown',
      remedy: expect.stringContaining('tokenizer') as string,
    });
    expect(failure.file).toBe(job.model);
  });
});

describe('a results folder that cannot be written to', () => {
  const mounted: string[] = [];
  afterEach(() => {
    for (const folder of mounted.splice(0)) execFileSync('umount', [folder]);
  });
  /** An empty file system of its own; undefined where one may not be mounted. */
  async function fileSystem(options: string): Promise<string | undefined> {
    const folder = await temporaryFolder();
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'ignore' });
    } catch {
      return undefined;
    }
    mounted.push(folder);
    return folder;
  }

  it('is a file', async () => {
    const results = join(await temporaryFolder(), 'file.scores');
    await writeFile(results, '');
    const failure = await rejection(scoreCheckpoint(task('plain', results)));
    expect(failure.code).toBe('results-write');
    expect(failure.file).toContain(results);
  });

  it('is full; what was written before is kept', async (context) => {
    const folder = await fileSystem('size=96k');
    if (folder === undefined) return context.skip('a file system cannot be mounted here');
    const job = task('plain', join(folder, 'x.scores'));
    await scoreCheckpoint({ ...job, requests: job.requests.slice(0, 2) });
    await writeFile(join(folder, 'filler'), Buffer.alloc(1 << 20)).catch(() => undefined);
    const failure = await rejection(scoreCheckpoint(job));
    expect(failure).toMatchObject({ code: 'results-write', place: 'ENOSPC' });
    expect(failure.message).toContain('full');
    expect(await rowsOnDisk(job)).toHaveLength(2);
  });

  it('is read-only', async (context) => {
    const folder = await fileSystem('size=96k');
    if (folder === undefined) return context.skip('a file system cannot be mounted here');
    await mkdir(join(folder, 'x.scores'));
    execFileSync('mount', ['-o', 'remount,ro', folder]);
    const failure = await rejection(scoreCheckpoint(task('plain', join(folder, 'x.scores'))));
    expect(failure).toMatchObject({ code: 'results-write', place: 'EROFS' });
    expect(failure.remedy).toContain('--results');
  });
});

it('the requests of the reference are all different', () => {
  const texts = referenceRequests().map(({ prompt, text }) => prompt + '|' + text);
  expect(new Set(texts).size).toBe(texts.length);
});
