import { build } from 'esbuild';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

const ROOT = new URL('../..', import.meta.url).pathname;

/** Bundles the scorer as scripts/build.mjs does, inside the project so that onnxruntime-node is found. */
export async function bundleScorer(
  name: string,
): Promise<{ scorerPath: string; remove: () => Promise<void> }> {
  const folder = join(ROOT, 'out', 'test-scorer', `${name}-${process.pid}`);
  await build({
    entryPoints: { scorer: join(ROOT, 'src/scoring/process.ts') },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['onnxruntime-node'],
    outdir: folder,
    logLevel: 'error',
  });
  return {
    scorerPath: join(folder, 'scorer.js'),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
