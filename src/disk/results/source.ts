import { readFile, realpath, stat, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { FailureError, type Failure } from '../../core/failure';
import { isMissing } from './trouble';
import { prepare, writeBeside } from './write';

/** Says of which probe file a results folder is: its name says the file's last name only. */
export const SOURCE_FILE = '_source.json';

/** What a results folder remembers of its probe file. */
interface Source {
  /** Absolute path, as it was when it was scored. */
  readonly probeFile: string;
  /** The way there from the folder: it stays when both are copied, or seen under another path. */
  readonly fromHere: string;
}

/** Programs that claim a folder at the same moment. */
const ATTEMPTS = 3;
/** Milliseconds in which one that has made the file has surely written it. */
const HALF_WRITTEN_MS = 100;

/**
 * Makes a results folder that of a probe file, unless it is that of another: two of one name, put into one place by
 * `--results` or a setting, would show each other's numbers. Where the other is no more, it was moved, or is on another
 * machine, and the folder is taken over. A folder that cannot be written to is left as it is.
 * @param folder absolute path of the results folder
 * @param probeFile absolute path
 * @throws FailureError `results-taken`
 */
export async function claimFolder(folder: string, probeFile: string): Promise<void> {
  for (let left = ATTEMPTS; left > 0; left--) {
    const source = await load(folder);
    if (source === 'unreadable') return;
    if (typeof source === 'object') {
      const standing = await compare(source, folder, probeFile);
      if (standing === 'other') throw new FailureError(taken(folder, source, probeFile));
      if (standing === 'same') return;
    }
    const content = await contentFor(folder, probeFile);
    // Of two at the same moment only one may be the first.
    if (source === 'none' && (await create(folder, content))) return;
    if (typeof source === 'object' || (source === 'broken' && left === 1)) {
      await writeBeside(folder, SOURCE_FILE, content).catch(() => undefined);
      return;
    }
    await wait(HALF_WRITTEN_MS);
  }
}

/** `results-taken`, where a folder has the results of another probe file, as {@link claimFolder} sees it. */
export async function otherSource(folder: string, probeFile: string): Promise<Failure | undefined> {
  const source = await load(folder);
  if (typeof source !== 'object' || (await compare(source, folder, probeFile)) !== 'other') return undefined;
  return taken(folder, source, probeFile);
}

/** What it remembers; `broken` also for what is just being written, or was when the power went. */
async function load(folder: string): Promise<Source | 'none' | 'broken' | 'unreadable'> {
  let text: string;
  try {
    text = await readFile(join(folder, SOURCE_FILE), 'utf8');
  } catch (error) {
    return isMissing(error) ? 'none' : 'unreadable';
  }
  try {
    const { probeFile, fromHere } = (JSON.parse(text) ?? {}) as Partial<Record<keyof Source, unknown>>;
    if (typeof probeFile === 'string' && typeof fromHere === 'string') return { probeFile, fromHere };
  } catch {
    // As what says nothing.
  }
  return 'broken';
}

/** @returns `gone`: the folder is to be taken over */
async function compare(
  source: Source,
  folder: string,
  probeFile: string,
): Promise<'same' | 'other' | 'gone'> {
  if (source.probeFile === probeFile) return 'same';
  const own = await identityOf(probeFile);
  const remembered = await identityOf(source.probeFile);
  if (remembered === undefined) return 'gone';
  if (remembered === own) return 'same';
  const real = await realpath(folder).catch(() => folder);
  // The folder was copied together with its file.
  const beside = await identityOf(resolve(real, source.fromHere));
  return beside !== undefined && beside === own ? 'gone' : 'other';
}

/** The same for one file under several names; undefined where there is none. One that may not be looked at is there. */
async function identityOf(file: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(file, { bigint: true });
    // Some file systems number nothing.
    return ino === 0n ? await realpath(file) : `${dev} ${ino}`;
  } catch (error) {
    return isMissing(error) ? undefined : file;
  }
}

async function contentFor(folder: string, probeFile: string): Promise<string> {
  const here = await realpath(folder).catch(() => folder);
  const there = await realpath(probeFile).catch(() => probeFile);
  const source: Source = { probeFile, fromHere: relative(here, there) };
  const about = 'The probe file whose results these are. Delete this to give them to another.';
  return `${JSON.stringify({ about, ...source }, undefined, 1)}\n`;
}

/** @returns whether there was none; true, too, where none can be made, which the scorer will tell */
async function create(folder: string, content: string): Promise<boolean> {
  try {
    await prepare(folder);
    await writeFile(join(folder, SOURCE_FILE), content, { flag: 'wx' });
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EEXIST';
  }
}

function taken(folder: string, source: Source, probeFile: string): Failure {
  return {
    code: 'results-taken',
    message: `The results folder of ${probeFile} is that of another file, ${source.probeFile}.`,
    file: folder,
    remedy: `Give one of them another name, or a place of its own: --results DIR, or the setting knowledgeProbes.results.folder (if these results are this file's after all, delete ${SOURCE_FILE} in the folder).`,
  };
}
