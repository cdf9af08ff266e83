import { build } from 'esbuild';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { commandLine, node } from '../scripts/bundles.mjs';

const ROOT = new URL('..', import.meta.url).pathname;

export interface Bundle {
  /** A new folder with a `<name>.js` for each entry. */
  readonly folder: string;
  readonly remove: () => Promise<void>;
}

/**
 * Bundles programs as scripts/build.mjs does, inside the project so that onnxruntime-node is found.
 * @param entries by name, paths from the project's root
 * @param options.withCommandLine `cli/main.mjs` too
 */
export async function bundle(
  entries: Readonly<Record<string, string>>,
  { withCommandLine = false } = {},
): Promise<Bundle> {
  const home = join(ROOT, 'out', 'test-bundles');
  await mkdir(home, { recursive: true });
  const folder = await mkdtemp(join(home, 'bundle-'));
  const places = { absWorkingDir: ROOT, outdir: folder, logLevel: 'error' } as const;
  await build({ ...node, ...places, entryPoints: entries, external: ['onnxruntime-node'] });
  if (withCommandLine) await build({ ...commandLine, ...places });
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
