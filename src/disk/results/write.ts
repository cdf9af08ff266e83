import { randomUUID } from 'node:crypto';
import { lstat, mkdir, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { FailureError } from '../../core/failure';
import { encodePart } from '../../core/results/parquet';
import type { Part } from '../../core/results/part';
import { INDEX_FILE, runFolderName, stepFolderName } from './folder';
import { obstacle } from './obstacle';
import { isMissing, writeFailure } from './trouble';

const TEMPORARY = /^\.[0-9a-f-]{36}\.tmp$/;
const ONE_DAY = 24 * 60 * 60 * 1000;

/**
 * Adds rows of one run and step to a results folder as a new immutable part: whole or absent, whatever happens.
 * @param folder absolute path of the results folder; made where it is missing
 * @param date kept in its settings as `written`: of two scores of a text readers take the later
 * @returns path of the part
 * @throws FailureError `results-write`, `results-link` (a link would lead out of the folder), `results-obstacle` (a file
 * stands where a folder should be), `score-not-finite`
 */
export async function writePart(
  folder: string,
  run: string,
  step: number,
  part: Part,
  date = new Date(),
): Promise<string> {
  const settings = { ...part.metadata.settings, written: date.toISOString() };
  const bytes = encodePart({ ...part, metadata: { ...part.metadata, settings } });
  const file = join(folder, runFolderName(run), stepFolderName(step), `${randomUUID()}.parquet`);
  try {
    await insisting(async () => {
      const home = await prepare(folder);
      await makeInside(home, [runFolderName(run), stepFolderName(step)]);
      await writeWhole(file, bytes);
    });
    await ring(folder, { run, step, part: basename(file) });
    return file;
  } catch (error) {
    throw writeFailure(error, file);
  }
}

const INSISTENCE = 3;

/** Again where folders vanish under the work: somebody deletes the results while they are written. */
async function insisting(work: () => Promise<void>): Promise<void> {
  for (let left = INSISTENCE; ; left--) {
    try {
      await work();
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || left === 1) throw error;
    }
  }
}

/**
 * Renames a damaged part so that no reader sees it; nothing is deleted or written over. For writers only, who then
 * score anew what was in it. One that another writer has set aside meanwhile is no failure.
 * @returns its new path
 * @throws FailureError `results-write`
 */
export async function setAside(folder: string, file: string): Promise<string> {
  try {
    const home = await realpath(folder);
    assertInside(home, await realpath(dirname(file)), file);
    const aside = await freeName(join(dirname(file), `_${basename(file)}`), '.damaged');
    await rename(file, aside).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
    });
    await ring(folder, { setAside: basename(file) });
    return aside;
  } catch (error) {
    throw writeFailure(error, file);
  }
}

async function freeName(name: string, ending: string): Promise<string> {
  for (let i = 1; ; i++) {
    const free = `${name}${i === 1 ? '' : `.${i}`}${ending}`;
    if ((await lstat(free).catch(() => undefined)) === undefined) return free;
  }
}

/** Writes a small file of the results folder's own, such as a cache; whole or absent. */
export async function writeBeside(folder: string, name: string, content: string): Promise<void> {
  try {
    await insisting(async () => {
      await prepare(folder);
      await writeWhole(join(folder, name), new TextEncoder().encode(content));
    });
  } catch (error) {
    throw writeFailure(error, join(folder, name));
  }
}

/** Makes the folder and its .gitignore, which says why it is there; its real path. The folder itself may be a link: that is its owner's wish. */
export async function prepare(folder: string, why = 'Results are made anew by scoring.'): Promise<string> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, '.gitignore');
  const there = await lstat(file).catch(() => undefined);
  const write = async () => writeWhole(file, new TextEncoder().encode(`# ${why}\n*\n`));
  if (there === undefined) await write();
  // What a power cut has left; where it cannot be mended, nothing else is the worse for it.
  else if (there.isFile() && there.size === 0) await write().catch(() => undefined);
  return realpath(folder);
}

/** Makes folders one below the other, none of which may be a link. */
async function makeInside(home: string, names: readonly string[]): Promise<void> {
  let at = home;
  for (const name of names) {
    at = join(at, name);
    await mkdir(at).catch(async (error: unknown) => {
      const there = await lstat(at).catch(() => undefined);
      if (there?.isSymbolicLink()) throw linkFailure(at);
      if (there?.isDirectory() === true) return;
      throw there === undefined ? error : obstacle(at);
    });
    assertInside(home, await realpath(at), at);
  }
}

function assertInside(home: string, real: string, file: string): void {
  const path = relative(home, real);
  if (path === '..' || path.startsWith('..' + sep) || isAbsolute(path)) throw linkFailure(file);
}

function linkFailure(file: string): FailureError {
  return new FailureError({
    code: 'results-link',
    message: 'Nothing was written, because a link leads out of the results folder.',
    file,
    remedy: 'Remove the link, or name the folder it leads to as the results folder.',
  });
}

/** Temporary name, flush to the disk, rename. @param content its bytes, or pieces of them */
export async function writeWhole(file: string, content: Uint8Array | Iterable<Uint8Array>): Promise<void> {
  const temporary = join(dirname(file), `.${randomUUID()}.tmp`);
  try {
    const handle = await open(temporary, 'wx');
    try {
      for (const piece of content instanceof Uint8Array ? [content] : content) await handle.writeFile(piece);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
  await syncFolder(dirname(file));
}

/** Makes the rename itself outlive a power cut, where the system can. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  } catch {
    // Windows does not open folders; the file itself has been flushed.
  }
}

/**
 * Removes what writers that died have left, where there is such a folder and it may be done. A day, because machines may
 * share the folder and differ in clocks.
 */
export async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch((): string[] => [])) {
    if (!TEMPORARY.test(name)) continue;
    const file = join(folder, name);
    const there = await stat(file).catch(() => undefined);
    if (there === undefined || Date.now() - there.mtimeMs <= ONE_DAY) continue;
    await rm(file, { force: true }).catch(() => undefined);
  }
}

/** {@link sweep} for the results of a run at one step. Nothing is removed through a link that leads out. */
export async function sweepStep(folder: string, run: string, step: number): Promise<void> {
  try {
    const home = await realpath(folder);
    const there = await realpath(join(home, runFolderName(run), stepFolderName(step)));
    assertInside(home, there, there);
    await sweep(there);
  } catch {
    // There is none, or a link: that is told when it is written to.
  }
}

/**
 * Rewrites the index file: a bell for those who watch the folder, so that they need not watch all of it. It says what
 * changed last; nobody reads it for the results, so that a bell which cannot be rung (Windows refuses to replace a file
 * that is being read) is no reason to fail: what it announces is on the disk.
 */
export async function ring(folder: string, change: Readonly<Record<string, string | number>>): Promise<void> {
  const content = {
    about: 'Rewritten after every change of this folder.',
    at: new Date().toISOString(),
    ...change,
  };
  const bytes = new TextEncoder().encode(JSON.stringify(content) + '\n');
  await writeWhole(join(folder, INDEX_FILE), bytes).catch(() => undefined);
}
