// @ts-check
/** The project's own modules, for the parts of the bench that run inside one process. */
import esbuild from 'esbuild';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../../setup.mjs';
import { home } from './places.mjs';

const file = path.join(home, 'library.cjs');

/**
 * @typedef {typeof import('../../../src/scoring/session/session') & typeof import('../../../src/scoring/session/score')
 *   & typeof import('../../../src/scoring/tokenizer/text') & typeof import('../../../src/scoring/tokenizer/load')
 *   & typeof import('../../../src/scoring/graph/build') & typeof import('../../../src/scoring/graph/encode')
 *   & typeof import('../../../src/scoring/session/runtime') & typeof import('../../../src/scoring/session/batches')} Library
 */
const modules = [
  'session/session',
  'session/score',
  'tokenizer/text',
  'tokenizer/load',
  'graph/build',
  'graph/encode',
  'session/runtime',
  'session/batches',
];

/** Bundles them anew. */
export async function buildLibrary() {
  await esbuild.build({
    stdin: {
      contents: modules.map((name) => `export * from './src/scoring/${name}';`).join('\n'),
      resolveDir: root,
    },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['onnxruntime-node'],
    outfile: file,
    logLevel: 'warning',
  });
}

/** @returns {Promise<Library>} as bundled last */
export async function library() {
  return (await import(pathToFileURL(file).href)).default;
}
