import {
  cp,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimFolder, otherSource, SOURCE_FILE } from '../../src/disk/results/source';
import { rejection } from '../scoring/helpers';

let home: string;
let folder: string;
let a: string;
let b: string;
beforeEach(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), 'source-')));
  folder = join(home, 'out', 'facts.scores');
  [a, b] = [await probeFile('a'), await probeFile('b')];
});
afterEach(() => rm(home, { recursive: true, force: true }));

async function probeFile(name: string): Promise<string> {
  const file = join(home, name, 'facts.probes.yaml');
  await mkdir(join(home, name), { recursive: true });
  await writeFile(file, `# ${name}\n`);
  return file;
}
const remembered = async (of = folder): Promise<unknown> =>
  (JSON.parse(await readFile(join(of, SOURCE_FILE), 'utf8')) as { probeFile: unknown }).probeFile;

describe('a results folder', () => {
  it('is that of the file that was scored into it first', async () => {
    expect(await otherSource(folder, a)).toBeUndefined();
    await claimFolder(folder, a);
    await claimFolder(folder, a);
    const failure = await rejection(claimFolder(folder, b));
    expect(failure).toMatchObject({ code: 'results-taken', file: folder });
    expect(failure.message).toContain(a);
    expect(failure.message).toContain(b);
    expect(failure.remedy).toMatch(/--results DIR.*knowledgeProbes\.results\.folder/);
    expect(await otherSource(folder, b)).toEqual(failure);
    expect(await otherSource(folder, a)).toBeUndefined();
    expect(await remembered()).toBe(a);
  });

  it('is that of one of many who come at the same moment', async () => {
    for (let i = 0; i < 20; i++) {
      await rm(folder, { recursive: true, force: true });
      const files = [a, b, a, b];
      const outcomes = await Promise.allSettled(files.map((file) => claimFolder(folder, file)));
      const won = files.filter((_, k) => outcomes[k]!.status === 'fulfilled');
      expect(new Set(won)).toEqual(new Set([await remembered()]));
      expect(won).toHaveLength(2);
    }
  });

  it('knows its file under other names', async () => {
    await claimFolder(folder, a);
    await symlink(a, join(home, 'linked.yaml'));
    await link(a, join(home, 'hard.yaml'));
    await symlink(join(home, 'a'), join(home, 'other-way'));
    for (const name of ['linked.yaml', 'hard.yaml', 'other-way/facts.probes.yaml'])
      await claimFolder(folder, join(home, name));
    expect(await remembered()).toBe(a);
  });

  it('stays with a file that is saved by a new one in its place', async () => {
    await claimFolder(folder, a);
    await writeFile(a + '.new', 'new');
    await rename(a + '.new', a);
    await claimFolder(folder, a);
    expect((await rejection(claimFolder(folder, b))).code).toBe('results-taken');
  });

  it('is taken over silently where its file is no more', async () => {
    await claimFolder(folder, a);
    await rename(a, join(home, 'moved.probes.yaml'));
    expect(await otherSource(folder, b)).toBeUndefined();
    await claimFolder(folder, b);
    expect(await remembered()).toBe(b);
    await rm(join(home, 'b'), { recursive: true });
    await claimFolder(folder, join(home, 'moved.probes.yaml'));
  });

  it('that was copied together with its file goes on with the copy', async () => {
    const own = join(home, 'a', 'facts.scores');
    await claimFolder(own, a);
    await cp(join(home, 'a'), join(home, 'copy'), { recursive: true });
    const [copied, copy] = [join(home, 'copy', 'facts.scores'), join(home, 'copy', 'facts.probes.yaml')];
    expect(await otherSource(copied, copy)).toBeUndefined();
    await claimFolder(copied, copy);
    expect(await remembered(copied)).toBe(copy);
    expect(await remembered(own)).toBe(a);
    // Without its file it is still another's.
    await cp(own, folder, { recursive: true });
    expect((await rejection(claimFolder(folder, b))).code).toBe('results-taken');
  });

  it.each(['', '\0\0\0', 'null', '[]', '{"probeFile":3}'])(
    'that remembers only %j is taken over',
    async (text) => {
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, SOURCE_FILE), text);
      expect(await otherSource(folder, a)).toBeUndefined();
      await claimFolder(folder, a);
      expect(await remembered()).toBe(a);
    },
  );

  it('that cannot be made, or whose memory cannot be read, is left for the scorer to tell', async () => {
    await writeFile(join(home, 'out'), 'a file');
    await claimFolder(folder, a);
    await mkdir(join(home, 'odd', SOURCE_FILE), { recursive: true });
    await claimFolder(join(home, 'odd'), a);
    expect(await readdir(join(home, 'odd', SOURCE_FILE))).toEqual([]);
  });
});
