import fc from 'fast-check';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addFoils, earlierFoils, readFoils } from '../../src/disk/results/foils';
import { rejection } from '../scoring/helpers';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kp-foils-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const choice = { fact: 'f', probe: 'p', kind: 'semantic', target: 't', foils: ['a', 'b'] } as const;
const other = { ...choice, probe: 'q' };
const inFile = (foils: unknown) => JSON.stringify({ version: 1, foils });
const put = (name: string, text: string) => writeFile(join(folder, name), text);

test('foils are stored and read again, each tokenizer’s apart', async () => {
  expect(await readFoils(folder)).toEqual({});
  expect(await earlierFoils(folder, 'abc')).toEqual({ chosen: [], problems: [] });
  expect(await addFoils(folder, 'abc', [choice])).toEqual([]);
  await addFoils(folder, 'words', [other]);
  expect(await readFoils(folder)).toEqual({ abc: [choice], words: [other] });
  expect(await earlierFoils(folder, 'abc')).toEqual({ chosen: [choice], problems: [] });
});

test('what others have chosen since is kept; for one probe the later choice counts', async () => {
  await addFoils(folder, 'abc', [choice]);
  await addFoils(folder, 'abc', [other]);
  const again = { ...choice, target: 'u' };
  await addFoils(folder, 'abc', [again]);
  expect((await readFoils(folder))['abc']).toEqual([again, other]);
});

test('programs with different tokenizers at once lose nothing', async () => {
  const tokenizers = Array.from({ length: 20 }, (_, i) => `t${i}`);
  await Promise.all(tokenizers.map((tokenizer) => addFoils(folder, tokenizer, [choice])));
  expect(Object.keys(await readFoils(folder)).toSorted()).toEqual(tokenizers.toSorted());
});

test('the one file of all tokenizers, as it was before, is read on', async () => {
  await put('_foils.json', inFile({ abc: [choice], def: [choice] }));
  expect(await readFoils(folder)).toEqual({ abc: [choice], def: [choice] });
  await addFoils(folder, 'abc', [{ ...choice, target: 'u' }, other]);
  expect(await readFoils(folder)).toEqual({ abc: [{ ...choice, target: 'u' }, other], def: [choice] });
  expect((await earlierFoils(folder, 'def')).chosen).toEqual([choice]);
});

describe('a damaged file', () => {
  test('is set aside as it is, and said to be', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.json(), fc.string(), fc.constant('\0\0\0')), async (text) => {
        await rm(folder, { recursive: true });
        await mkdir(folder);
        await put('_foils-abc.json', text);
        expect(await readFoils(folder)).toEqual({});
        const { chosen, problems } = await earlierFoils(folder, 'abc');
        expect(chosen).toEqual([]);
        expect(problems).toMatchObject([{ code: 'foils-damaged', file: join(folder, '_foils-abc.json') }]);
        const told = await addFoils(folder, 'abc', [choice]);
        expect(told).toMatchObject([
          { code: 'foils-damaged', remedy: expect.stringContaining('__foils-abc.json.damaged') as string },
        ]);
        const aside = await readFile(join(folder, '__foils-abc.json.damaged'));
        expect(aside).toEqual(Buffer.from(text));
        expect(await earlierFoils(folder, 'abc')).toEqual({ chosen: [choice], problems: [] });
      }),
      { numRuns: 50 },
    );
  });

  test('keeps what is whole, of other tokenizers too', async () => {
    const text = inFile({ abc: [choice, { ...choice, foils: [1] }, null], def: [choice], x: 3 });
    await put('_foils.json', text);
    const told = await addFoils(folder, 'abc', [other]);
    expect(told.map(({ code }) => code)).toEqual(['foils-damaged']);
    expect(await readFoils(folder)).toEqual({ abc: [choice, other], def: [choice], x: [] });
    expect(await readFile(join(folder, '__foils.json.damaged'), 'utf8')).toBe(text);
    expect(await addFoils(folder, 'def', [other])).toEqual([]);
  });
});

describe('is refused, left as it is, and not in the way of readers:', () => {
  test.each(['_foils.json', '_foils-abc.json'])('a newer %s', async (name) => {
    const text = JSON.stringify({ version: 2, choices: 'elsewhere' });
    await put(name, text);
    for (const work of [() => earlierFoils(folder, 'abc'), () => addFoils(folder, 'abc', [choice])]) {
      const failure = await rejection(work());
      expect(failure).toMatchObject({ code: 'foils-newer', file: join(folder, name), place: 'version 2' });
      expect(failure.remedy).toMatch(/Update/);
    }
    expect(await readFoils(folder)).toEqual({});
    expect(await readFile(join(folder, name), 'utf8')).toBe(text);
    expect(await readdir(folder)).toEqual([name]);
  });

  test('one that cannot be read', async () => {
    // A folder cannot be read as a file by anyone, root included.
    await mkdir(join(folder, '_foils-abc.json'));
    for (const work of [() => earlierFoils(folder, 'abc'), () => addFoils(folder, 'abc', [choice])]) {
      const failure = await rejection(work());
      expect(failure).toMatchObject({
        code: 'foils-unreadable',
        file: join(folder, '_foils-abc.json'),
        place: 'EISDIR',
        remedy: expect.stringMatching(/right to read/) as string,
      });
    }
    expect(await readFoils(folder)).toEqual({});
  });
});
