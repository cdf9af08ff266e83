import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { importDataset, type DatasetImport } from '../../src/disk/dataset';
import { loadProbeFile } from '../../src/disk/probeFiles';
import { rejection } from '../scoring/helpers';

const DATA = resolve(import.meta.dirname, '../../../shared/data');
const [PLAIN, PARAPHRASED] = ['fictional_knowledge', 'fictional_knowledge_paraphrased'].map((name) =>
  resolve(DATA, `${name}.json`),
) as [string, string];

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dataset-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A data set of one fact. */
async function small(): Promise<string> {
  const fact = {
    train_context: 'A was B.',
    mem_input: ['A was'],
    mem_target: ['B.'],
    gen_input: ['What A was is'],
    gen_target: ['B.'],
    hard_gen_input: [],
    hard_gen_target: [],
  };
  const file = join(folder, 'set.json');
  await writeFile(file, JSON.stringify([fact]));
  return file;
}
const request = (file: string, more: Partial<DatasetImport> = {}): DatasetImport => ({
  file,
  out: join(folder, 'facts.probes.yaml'),
  force: false,
  conditions: 'paper',
  ...more,
});

describe.skipIf(!existsSync(DATA))('the published files (skipped without shared/data)', () => {
  test('both together', async () => {
    const imported = await importDataset(request(PLAIN, { paraphrased: PARAPHRASED }));
    expect(imported).toEqual({
      out: join(folder, 'facts.probes.yaml'),
      facts: 130,
      probes: 1950,
      paraphrases: 360,
      notes: [],
    });
    const { whole, problems } = await loadProbeFile(imported.out);
    expect(problems).toEqual([]);
    expect(whole.facts).toHaveLength(130);
    expect(whole.runs).toEqual([]);
  });

  test('without paraphrases it says so', async () => {
    const { paraphrases, notes } = await importDataset(request(PLAIN));
    expect(paraphrases).toBe(0);
    expect(notes.join()).toContain('--paraphrased');
    expect((await importDataset(request(PLAIN, { force: true, conditions: 'none' }))).notes).toEqual([]);
  });
});

describe('the file that is made', () => {
  test('replaces another one only where that is wished, and then as a whole', async () => {
    const file = await small();
    const { out } = await importDataset(request(file));
    await writeFile(out, 'mine');
    expect(await rejection(importDataset(request(file)))).toMatchObject({ code: 'out-exists', file: out });
    expect(await readFile(out, 'utf8')).toBe('mine');
    await importDataset(request(file, { force: true }));
    expect(await readFile(out, 'utf8')).toMatch(/^version: 1\n/);
    expect(await readdir(folder)).toEqual(['facts.probes.yaml', 'set.json']);
  });

  test('goes where a link leads, and never onto what is no file', async () => {
    const file = await small();
    const [elsewhere, link] = [join(folder, 'elsewhere.yaml'), join(folder, 'link.yaml')];
    await writeFile(elsewhere, 'old');
    await symlink(elsewhere, link);
    await importDataset(request(file, { out: link, force: true }));
    expect(await readFile(elsewhere, 'utf8')).toMatch(/^version: 1\n/);
    const directory = join(folder, 'directory');
    await mkdir(directory);
    expect(await rejection(importDataset(request(file, { out: directory, force: true })))).toMatchObject({
      code: 'out-no-file',
    });
    expect(
      await rejection(importDataset(request(file, { out: join(folder, 'no', 'such.yaml') }))),
    ).toMatchObject({ code: 'out-write', place: 'ENOENT' });
  });

  test('has a run where one is named, if it can be one', async () => {
    const file = await small();
    const { out } = await importDataset(request(file, { run: { id: 'paper-7b', log: 'paper-7b.scores' } }));
    expect((await loadProbeFile(out)).file.runs[0]).toMatchObject({
      id: { value: 'paper-7b' },
      source: { kind: 'log', path: { value: 'paper-7b.scores' } },
    });
    const odd = request(file, { run: { id: 'a/b', log: 'x' }, force: true });
    expect(await rejection(importDataset(odd))).toMatchObject({ code: 'run-id', place: 'run “a/b”' });
  });
});

describe('files that cannot be read', () => {
  test.each([
    ['missing', undefined],
    ['not UTF-8', Buffer.from([0x5b, 0xff, 0xfe])],
  ])('%s', async (_, bytes) => {
    const file = join(folder, 'broken.json');
    if (bytes !== undefined) await writeFile(file, bytes);
    expect(await rejection(importDataset(request(file)))).toMatchObject({ code: 'dataset-unreadable', file });
    expect(await readdir(folder)).toEqual(bytes === undefined ? [] : ['broken.json']);
  });
});
