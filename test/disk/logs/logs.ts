import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toFailure, type Failure } from '../../../src/core/failure';
import { PAPER_KINDS, PAPER_PARTS } from '../../../src/core/dynamics/paper/publishedLog';
import { openSource, type LogSource } from '../../../src/disk/logs/source';

/** The names of a published entry's tables. */
export const TABLES = PAPER_KINDS.flatMap((kind) => PAPER_PARTS.map((part) => `${kind}_${part}`));

export type Table = (number | null)[][];
export type PublishedEntry = { step: number } & Record<string, number | Table | (number | null)[]>;

/** Entries of a published log with values that differ everywhere. */
export function publishedEntries(steps: number, examples: number): PublishedEntry[] {
  return Array.from({ length: steps }, (_, step) => ({
    step: 40_000 + step,
    ...Object.fromEntries(
      TABLES.map((name, t) => [
        name,
        Array.from({ length: examples }, (_, e) =>
          Array.from({ length: 5 }, (_, p) => ((step * 9 + t) * examples + e) * 5 + p + 1 / (step + t + 3)),
        ),
      ]),
    ),
    def: Array.from({ length: examples }, () => 1.5),
  }));
}

/** As Python writes it: NaN, not null. */
export function pythonJson(value: unknown, indent?: number): string {
  const marked = JSON.stringify(value, (_, each: unknown) => (Number.isNaN(each) ? '\u0001' : each), indent);
  return marked.replaceAll('"\\u0001"', 'NaN');
}

export interface Scratch {
  readonly folder: string;
  file(name: string, content: string | Uint8Array): Promise<string>;
  source(content: string | Uint8Array, name?: string): Promise<LogSource>;
  readonly remove: () => Promise<void>;
}

export async function scratch(): Promise<Scratch> {
  const folder = await mkdtemp(join(tmpdir(), 'logs-'));
  const file = async (name: string, content: string | Uint8Array) => {
    const path = join(folder, name);
    await writeFile(path, content);
    return path;
  };
  return {
    folder,
    file,
    source: async (content, name = 'log.json') => openSource(await file(name, content)),
    remove: () => rm(folder, { recursive: true }),
  };
}

/** Content as a source, in pieces of a size, without a disk. */
export function inMemory(content: string | Uint8Array, size = 1 << 16): LogSource {
  const bytes = Buffer.from(content);
  return {
    file: '/a/log',
    size: bytes.length,
    async *chunks() {
      for (let at = 0; at < bytes.length; at += size)
        yield await Promise.resolve(Uint8Array.from(bytes.subarray(at, at + size)));
    },
  };
}

/** What a promise fails with. */
export async function failureOf(work: Promise<unknown>): Promise<Failure> {
  try {
    await work;
  } catch (error) {
    return toFailure(error);
  }
  throw new Error('It did not fail.');
}
