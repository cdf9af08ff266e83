import { build } from 'esbuild';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const ROOT = new URL('..', import.meta.url).pathname;

export interface Bundle {
  /** A new folder with a `<name>.js` for each entry. */
  readonly folder: string;
  readonly remove: () => Promise<void>;
}

/**
 * Bundles programs as scripts/build.mjs does, inside the project so that onnxruntime-node is found.
 * @param entries by name, paths from the project's root
 */
export async function bundle(entries: Readonly<Record<string, string>>): Promise<Bundle> {
  const home = join(ROOT, 'out', 'test-bundles');
  await mkdir(home, { recursive: true });
  const folder = await mkdtemp(join(home, 'bundle-'));
  await build({
    entryPoints: Object.fromEntries(
      Object.entries(entries).map(([name, path]) => [name, resolve(ROOT, path)]),
    ),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['onnxruntime-node'],
    outdir: folder,
    logLevel: 'error',
  });
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
