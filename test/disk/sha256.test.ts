import { createHash } from 'node:crypto';
import { mkdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256Of } from '../../src/disk/sha256';
import { temporaryFolder } from '../scoring/helpers';

const SIZES = { small: 1000, large: 40 << 20 } as const;

let home: string;
beforeAll(async () => {
  home = await temporaryFolder();
  for (const [name, size] of Object.entries(SIZES)) {
    await writeFile(join(home, name), name);
    // The rest are zeros that take no room.
    await truncate(join(home, name), size);
  }
});
afterAll(() => rm(home, { recursive: true }));

/** Of the same bytes, in memory. */
function expected(name: string, size: number): string {
  const bytes = Buffer.alloc(size);
  bytes.write(name);
  return createHash('sha256').update(bytes).digest('hex');
}

describe('the SHA-256 of a file', () => {
  it.each(Object.entries(SIZES))('is that of its bytes: %s', async (name, size) => {
    expect(await sha256Of(join(home, name), { size })).toBe(expected(name, size));
  });

  it('of a large one is taken while this thread does something else, and only then', async () => {
    const started: string[] = [];
    const hashed = sha256Of(join(home, 'large'), { size: SIZES.large, onLong: () => started.push('large') });
    await sha256Of(join(home, 'small'), { size: SIZES.small, onLong: () => started.push('small') });
    expect(started).toEqual(['large']);
    expect(await hashed).toBe(expected('large', SIZES.large));
  });

  it.each(Object.entries(SIZES))('gives signs of life on the way: %s', async (name, size) => {
    let signs = 0;
    await sha256Of(join(home, name), { size, onRead: () => signs++ });
    expect(signs).toBeGreaterThan(0);
  });

  it.each(Object.entries(SIZES))(
    'is told by the system’s error where it cannot be read: %s',
    async (_name, size) => {
      await expect(sha256Of(join(home, 'nowhere'), { size })).rejects.toMatchObject({ code: 'ENOENT' });
      await mkdir(join(home, 'folder'), { recursive: true });
      await expect(sha256Of(join(home, 'folder'), { size })).rejects.toMatchObject({ code: 'EISDIR' });
    },
  );

  it.each(Object.entries(SIZES))('can be left off: %s', async (name, size) => {
    const stop = new AbortController();
    const hashed = sha256Of(join(home, name), { size, signal: stop.signal });
    stop.abort();
    await expect(hashed).rejects.toMatchObject({ name: 'AbortError' });
    await expect(sha256Of(join(home, name), { size, signal: stop.signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});
