import { createHash } from 'node:crypto';
import { readFile, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { FailureError } from '../core/failure';
import { writeBeside } from './results/write';
import { sha256Of, type Following } from './sha256';

/** SHA-256 of files, remembered by real path, size, times and inode: models are large. */
export interface Hashes {
  /** SHA-256 of a file's bytes, hex. @throws FailureError `file-unreadable` */
  file(path: string): Promise<string>;
  /**
   * SHA-256 of an ONNX model with its external data, hex. The graph names external files, so their base names count.
   * @param external absolute paths of the external data files that the graph names, in any order
   * @param follow told of each of the files
   * @throws FailureError `file-unreadable`
   */
  model(path: string, external: readonly string[], follow?: Omit<Following, 'signal'>): Promise<string>;
  /** A file hashed here that is not the same any more, or gone; undefined where all are as they were. */
  changed(): Promise<string | undefined>;
  /** Keeps what is new in the results folder for the next process. @throws FailureError `results-write` */
  save(): Promise<void>;
}

interface Known {
  readonly stamp: string;
  readonly sha256: string;
}

const FILE = '_hashes.json';
/** A file changed this recently may change again without its time telling. */
const RECENT_MS = 2000;

/**
 * @param folder the results folder that keeps hashes between processes; in memory only when not given
 * @param signal ends hashing, which then throws an `AbortError`
 */
export async function openHashes(folder?: string, signal?: AbortSignal): Promise<Hashes> {
  const known = new Map<string, Known>(folder === undefined ? [] : await load(join(folder, FILE)));
  const hashed = new Map<string, string>();
  const fresh = new Map<string, Known>();

  const file = async (path: string, follow?: Omit<Following, 'signal'>): Promise<string> => {
    try {
      const { real, size, stamp, time } = await stampOf(path);
      hashed.set(path, `${real} ${stamp}`);
      const before = known.get(real);
      if (before?.stamp === stamp) return before.sha256;
      const sha256 = await sha256Of(real, { ...follow, size, signal });
      if (Date.now() - time > RECENT_MS) {
        known.set(real, { stamp, sha256 });
        fresh.set(real, { stamp, sha256 });
      }
      return sha256;
    } catch (error) {
      if (signal?.aborted === true) throw error;
      throw unreadable(error, path);
    }
  };

  return {
    file: async (path) => file(path),
    model: async (path, external, follow) => {
      const own = await file(path, follow);
      if (external.length === 0) return own;
      const hash = createHash('sha256').update(own);
      const others = await Promise.all(
        external.map(async (other) => `${basename(other)}\0${await file(other, follow)}`),
      );
      for (const other of others.sort()) hash.update(`\0${other}`);
      return hash.digest('hex');
    },
    changed: async () => {
      for (const [path, stamp] of hashed) {
        const now = await stampOf(path).catch(() => undefined);
        if (now === undefined || `${now.real} ${now.stamp}` !== stamp) return path;
      }
      return undefined;
    },
    save: async () => {
      if (folder === undefined || fresh.size === 0) return;
      // Others have hashed other models meanwhile.
      const all = [...(await load(join(folder, FILE))), ...fresh];
      await writeBeside(folder, FILE, JSON.stringify(Object.fromEntries(all), undefined, 1));
      fresh.clear();
    },
  };
}

/** What tells a file from another that stands or stood in its place. `time`: of its last change, in milliseconds. */
async function stampOf(path: string): Promise<{ real: string; size: number; stamp: string; time: number }> {
  const real = await realpath(path);
  const { size, mtimeMs, ctimeMs, ino } = await stat(real);
  return { real, size, stamp: [size, mtimeMs, ctimeMs, ino].join(' '), time: Math.max(mtimeMs, ctimeMs) };
}

/** What an earlier process kept; whatever is wrong with it only costs time. */
async function load(file: string): Promise<[string, Known][]> {
  try {
    const content: unknown = JSON.parse(await readFile(file, 'utf8'));
    return Object.entries(content ?? {}).filter((entry): entry is [string, Known] => {
      const known = entry[1] as Partial<Known> | null;
      return typeof known?.stamp === 'string' && /^[0-9a-f]{64}$/.test(known.sha256 ?? '');
    });
  } catch {
    return [];
  }
}

function unreadable(error: unknown, file: string): FailureError {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  return new FailureError(
    {
      code: 'file-unreadable',
      message: code === 'ENOENT' ? 'The file does not exist.' : 'The file cannot be read.',
      file,
      place: code,
      remedy: 'Check the path and the permissions.',
    },
    { cause: error },
  );
}
