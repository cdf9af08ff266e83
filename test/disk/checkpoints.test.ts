import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseProbeFile } from '../../src/core/probes/parse';
import { findCheckpoints } from '../../src/disk/checkpoints';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'checkpoints-'));
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

async function files(...paths: readonly string[]) {
  for (const path of paths) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), 'x');
  }
}
async function find(pattern: string, tokenizer?: string) {
  const extra = tokenizer === undefined ? '' : `\n    tokenizer: ${tokenizer}`;
  const { file } = parseProbeFile(
    `version: 1\nruns:\n  - id: r\n    firstUpdate: 1\n    checkpoints: ${pattern}${extra}\n`,
  );
  const { checkpoints, problems } = await findCheckpoints(file.runs[0]!, dir);
  const short = (path: string) => path.slice(dir.length + 1);
  return {
    found: checkpoints.map(({ step, model, tokenizer: home }) => [step, short(model), short(home)]),
    problems: problems.map(({ code, file: where }) => [code, where === undefined ? '' : short(where)]),
    failures: problems,
  };
}

describe('checkpoints', () => {
  test('are folders with model.onnx or onnx/model.onnx, in the order of their steps', async () => {
    await files(
      'c/step-10/model.onnx',
      'c/step-10/tokenizer.json',
      'c/step-9/onnx/model.onnx',
      'c/step-9/tokenizer.json',
      'c/step-000100/model.onnx',
      'c/step-000100/tokenizer.json',
    );
    expect(await find('c/step-{step}')).toMatchObject({
      found: [
        [9, 'c/step-9/onnx/model.onnx', 'c/step-9'],
        [10, 'c/step-10/model.onnx', 'c/step-10'],
        [100, 'c/step-000100/model.onnx', 'c/step-000100'],
      ],
      problems: [],
    });
  });

  test('are .onnx files, their external data left aside', async () => {
    await files(
      'c/m-1.onnx',
      'c/m-1.onnx_data',
      'c/m-2.onnx',
      'c/tokenizer.json',
      'd/s1/onnx/model_fp16.onnx',
      'd/s1/tokenizer.json',
    );
    expect(await find('c/m-{step}.onnx')).toMatchObject({
      found: [
        [1, 'c/m-1.onnx', 'c'],
        [2, 'c/m-2.onnx', 'c'],
      ],
      problems: [],
    });
    expect(await find('d/s{step}/onnx/model_fp16.onnx')).toMatchObject({
      found: [[1, 'd/s1/onnx/model_fp16.onnx', 'd/s1']],
      problems: [],
    });
  });

  test('match * within a name, and {step} takes all digits that stand together', async () => {
    await files(
      'a/run-x/ckpt-2048-hf/model.onnx',
      'a/run-x/ckpt-16-hf/model.onnx',
      'a/other/ckpt-1-hf/model.onnx',
      't/tokenizer.json',
    );
    expect((await find('a/run-*/*{step}*', 't')).found).toEqual([
      [16, 'a/run-x/ckpt-16-hf/model.onnx', 't'],
      [2048, 'a/run-x/ckpt-2048-hf/model.onnx', 't'],
    ]);
  });

  test('go on where one is wrong: each has its reason, its file and a remedy', async () => {
    await files(
      'c/step-1/model.onnx',
      'c/step-best/model.onnx',
      'c/step-2/weights.bin',
      'c/step-3/model.onnx',
      'c/step-3/tokenizer.json',
      'c/notes.txt',
    );
    const { found, problems, failures } = await find('c/step-{step}');
    expect(found).toEqual([[3, 'c/step-3/model.onnx', 'c/step-3']]);
    expect(problems.toSorted()).toEqual([
      ['checkpoint-misnamed', 'c/step-best'],
      ['model-missing', 'c/step-2'],
      ['tokenizer-missing', 'c/step-1'],
    ]);
    for (const failure of failures) expect(failure.remedy).toMatch(/“(checkpoints|tokenizer)”/);
  });

  test('of many without a tokenizer are told once', async () => {
    await files(...Array.from({ length: 40 }, (_, i) => `c/step-${i}/model.onnx`));
    const { found, failures } = await find('c/step-{step}', 'nowhere');
    expect(found).toEqual([]);
    expect(failures).toHaveLength(1);
    expect(failures[0]!.message).toMatch(/nor in .*nowhere.* 39 more checkpoints/);
  });

  test('prefer their own tokenizer; the run’s may be named by its file', async () => {
    await files('c/1/model.onnx', 'c/2/model.onnx', 'c/2/tokenizer.json', 't/tokenizer.json');
    expect((await find('c/{step}', 't/tokenizer.json')).found.map(([, , home]) => home)).toEqual([
      't',
      'c/2',
    ]);
  });

  test('of one step twice: the first is used, the other told', async () => {
    await files('a/step-1/model.onnx', 'b/step-01/model.onnx', 't/tokenizer.json', 'readme.md');
    const { found, problems } = await find(`'*/step-{step}'`, 't');
    expect(found).toHaveLength(1);
    expect(problems).toEqual([['checkpoint-twice', 'b/step-01/model.onnx']]);
  });

  test('are followed through links, as in a Hugging Face cache; a link to nowhere is no model', async () => {
    await files('blobs/abc', 'blobs/tok');
    await mkdir(join(dir, 'real'));
    await symlink(join(dir, 'blobs/abc'), join(dir, 'real/model.onnx'));
    await symlink(join(dir, 'blobs/tok'), join(dir, 'real/tokenizer.json'));
    await mkdir(join(dir, 'c'));
    await symlink(join(dir, 'real'), join(dir, 'c/step-5'));
    await mkdir(join(dir, 'c/step-6'));
    await symlink(join(dir, 'gone'), join(dir, 'c/step-6/model.onnx'));
    expect(await find('c/step-{step}')).toMatchObject({
      found: [[5, 'c/step-5/model.onnx', 'c/step-5']],
      problems: [['model-missing', 'c/step-6']],
    });
  });

  test('that are not there are told with the folder that is missing', async () => {
    await files('c/readme.md');
    expect((await find('c/step-{step}')).problems).toEqual([['checkpoints-missing', 'c/step-{step}']]);
    expect((await find('nowhere/step-{step}')).problems).toEqual([['checkpoints-missing', 'nowhere']]);
  });

  test.skipIf(process.getuid?.() === 0)('in a folder that may not be read are told so', async () => {
    await files('c/step-1/model.onnx');
    await chmod(join(dir, 'c'), 0o000);
    expect((await find('c/step-{step}')).problems).toEqual([['checkpoints-unreadable', 'c']]);
    await chmod(join(dir, 'c'), 0o755);
  });

  test('are none for a run with a log', async () => {
    const { file } = parseProbeFile('version: 1\nruns: [{ id: r, log: x }]\n');
    expect(await findCheckpoints(file.runs[0]!, dir)).toEqual({ checkpoints: [], problems: [] });
  });

  test('are taken in absolute paths, and names are not regular expressions', async () => {
    await files('c (1)+[x]/step.1/model.onnx', 'c (1)+[x]/stepp1/model.onnx', 'c (1)+[x]/tokenizer.json');
    const { found, problems } = await find(`"${join(dir, 'c (1)+[x]')}/step.{step}"`, '"c (1)+[x]"');
    expect(found).toEqual([[1, 'c (1)+[x]/step.1/model.onnx', 'c (1)+[x]']]);
    expect(problems).toEqual([]);
  });
});

describe('what a user gets wrong', () => {
  test('a pattern that does not say where the step stands', async () => {
    await files('c/step-1/model.onnx', 'c/tokenizer.json');
    const { found, failures } = await find('c/step-*', 'c');
    expect(found).toEqual([]);
    expect(failures).toMatchObject([{ code: 'checkpoints-without-step', file: join(dir, 'c/step-*') }]);
  });

  test('many names that carry no step are one failure, which names some', async () => {
    const wrong = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((letter) => `c/step-${letter}/model.onnx`);
    await files('c/tokenizer.json', 'c/step-1/model.onnx', ...wrong);
    const { found, failures } = await find('c/step-{step}', 'c');
    expect(found).toHaveLength(1);
    expect(failures).toMatchObject([{ code: 'checkpoint-misnamed', file: join(dir, 'c/step-a') }]);
    expect(failures[0]!.message).toContain(
      'The same is true of 6 more checkpoints of this run: step-b; step-c; step-d; step-e; step-f; ….',
    );
  });

  test('a checkpoint that may not be looked into is not one without a model', async (context) => {
    if (process.getuid?.() === 0) {
      // Root may look everywhere; a name that is too long fails for root, too.
      const long = 'x'.repeat(300);
      await files('c/tokenizer.json', 'c/step-1/model.onnx');
      const { failures } = await find(`c/step-{step}/${long}.onnx`, 'c');
      expect(failures).toMatchObject([{ code: 'checkpoint-unreadable', place: 'ENAMETOOLONG' }]);
      return;
    }
    if (process.platform === 'win32') return context.skip('folders have no modes here');
    await files('c/tokenizer.json', 'c/step-1/model.onnx');
    await chmod(join(dir, 'c/step-1'), 0);
    const { failures } = await find('c/step-{step}', 'c');
    await chmod(join(dir, 'c/step-1'), 0o700);
    expect(failures).toMatchObject([{ code: 'checkpoint-unreadable', place: 'EACCES' }]);
  });
});
