import fc from 'fast-check';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readFoils, writeFoils } from '../../src/disk/results/foils';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kp-foils-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const choice = { fact: 'f', probe: 'p', kind: 'semantic', target: 't', foils: ['a', 'b'] } as const;

test('foils are stored and read again', async () => {
  expect(await readFoils(folder)).toEqual({});
  await writeFoils(folder, { tokenizer: [choice] });
  expect(await readFoils(folder)).toEqual({ tokenizer: [choice] });
});

test('a damaged file gives only what is whole, and never throws', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.json(), fc.string()), async (text) => {
      await writeFile(join(folder, '_foils.json'), text);
      expect(await readFoils(folder)).toEqual({});
    }),
    { numRuns: 50 },
  );
  await writeFile(
    join(folder, '_foils.json'),
    JSON.stringify({ version: 1, foils: { x: [choice, { ...choice, foils: [1] }, null], y: 3 } }),
  );
  expect(await readFoils(folder)).toEqual({ x: [choice], y: [] });
});
