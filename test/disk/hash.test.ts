import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openHashes } from '../../src/disk/hash';

let home: string;
let results: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'hash-'));
  results = join(home, 'x.scores');
});
afterEach(() => rm(home, { recursive: true }));

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** A file of long ago: what has just been written is hashed again each time. */
async function file(name: string, content: string): Promise<string> {
  const path = join(home, name);
  await writeFile(path, content);
  await utimes(path, new Date(1e12), new Date(1e12));
  return path;
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 2100));

it('is the SHA-256 of the bytes, through links too', async () => {
  const path = await file('model.onnx', 'weights');
  await symlink(path, join(home, 'link.onnx'));
  const hashes = await openHashes();
  expect(await hashes.file(path)).toBe(sha256('weights'));
  expect(await hashes.model(join(home, 'link.onnx'), [])).toBe(sha256('weights'));
});

it('counts external data by name and content, in any order', async () => {
  const model = await file('model.onnx', 'graph');
  const a = await file('a.data', 'one');
  const b = await file('b.data', 'two');
  const hashes = await openHashes();
  const whole = await hashes.model(model, [a, b]);
  expect(await hashes.model(model, [b, a])).toBe(whole);
  expect(await hashes.model(model, [a])).not.toBe(whole);
  await writeFile(a, 'two');
  await writeFile(b, 'one');
  expect(await hashes.model(model, [a, b])).not.toBe(whole);
});

it('sees a change that leaves size and modification time alone', async () => {
  const path = await file('model.onnx', 'weights');
  const hashes = await openHashes();
  await settle();
  expect(await hashes.file(path)).toBe(sha256('weights'));
  await file('model.onnx', 'WEIGHTS');
  expect(await hashes.file(path)).toBe(sha256('WEIGHTS'));
});

it('remembers between processes', async () => {
  const path = await file('model.onnx', 'weights');
  await settle();
  const first = await openHashes(results);
  await first.file(path);
  await first.save();
  const kept = join(results, '_hashes.json');
  expect(Object.values(JSON.parse(await readFile(kept, 'utf8')) as object)).toMatchObject([
    { sha256: sha256('weights') },
  ]);

  // Told apart from hashing anew by a hash that only the kept file can give.
  const told = 'f'.repeat(64);
  await writeFile(kept, (await readFile(kept, 'utf8')).replace(sha256('weights'), told));
  expect(await (await openHashes(results)).file(path)).toBe(told);
});

it('keeps what another process has kept meanwhile', async () => {
  const paths = [await file('a.onnx', 'a'), await file('b.onnx', 'b')];
  await settle();
  const both = await Promise.all([openHashes(results), openHashes(results)]);
  await Promise.all(both.map((hashes, i) => hashes.file(paths[i]!)));
  for (const hashes of both) await hashes.save();
  const kept = JSON.parse(await readFile(join(results, '_hashes.json'), 'utf8')) as object;
  expect(Object.values(kept)).toMatchObject([{ sha256: sha256('a') }, { sha256: sha256('b') }]);
});

it.each(['', '{', '[1]', '{"a":{"stamp":"1","sha256":"zz"}}', 'null'])(
  'begins anew where it kept %j',
  async (kept) => {
    const path = await file('model.onnx', 'weights');
    await mkdir(results);
    await writeFile(join(results, '_hashes.json'), kept);
    expect(await (await openHashes(results)).file(path)).toBe(sha256('weights'));
  },
);

it('names a file that is not there', async () => {
  const hashes = await openHashes();
  await expect(hashes.file(join(home, 'none.onnx'))).rejects.toMatchObject({
    failure: { code: 'file-unreadable', file: join(home, 'none.onnx'), place: 'ENOENT' },
  });
});
