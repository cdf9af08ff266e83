import { build } from 'esbuild';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

const ROOT = new URL('../..', import.meta.url).pathname;

export interface Bundle {
  readonly path: string;
  remove(): Promise<void>;
}

/** Bundles a program as scripts/build.mjs does, inside the project so that onnxruntime-node is found. */
export async function bundle(entry: string, name: string): Promise<Bundle> {
  const folder = join(ROOT, 'out', 'test-scoring', `${name}-${process.pid}`);
  await build({
    entryPoints: { [name]: join(ROOT, entry) },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['onnxruntime-node'],
    outdir: folder,
    logLevel: 'error',
  });
  return { path: join(folder, `${name}.js`), remove: () => rm(folder, { recursive: true, force: true }) };
}
