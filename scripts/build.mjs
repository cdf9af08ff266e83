// @ts-check
/**
 * Bundles every entry of the project into dist/. With --watch it stays and rebuilds; with --production it minifies;
 * with --tests it also bundles the tests that run inside VS Code into out/test-vscode/.
 */
import esbuild from 'esbuild';
import { rm } from 'node:fs/promises';
import { commandLine, node } from './bundles.mjs';

const watch = process.argv.includes('--watch');
const production = process.argv.includes('--production');

/** @type {esbuild.BuildOptions} */
const common = {
  sourcemap: production ? false : 'linked',
  minify: production,
  logLevel: 'info',
  legalComments: 'eof',
};

/** @type {esbuild.BuildOptions[]} */
const bundles = [
  {
    ...common,
    ...node,
    entryPoints: { extension: 'src/extension/extension.ts' },
    external: ['vscode'],
    outdir: 'dist',
  },
  {
    ...common,
    ...node,
    entryPoints: {
      'language-worker': 'src/extension/workers/language.ts',
      'analysis-worker': 'src/extension/workers/analysis.ts',
      'scoring-worker': 'src/extension/workers/scoring.ts',
    },
    outdir: 'dist',
  },
  {
    ...common,
    ...node,
    // The native library finds its own files beside itself, so it stays outside the bundle.
    entryPoints: { scorer: 'src/scoring/checkpoint/process.ts' },
    external: ['onnxruntime-node'],
    outdir: 'dist',
  },
  { ...common, ...commandLine, outdir: 'dist' },
  {
    ...common,
    bundle: true,
    platform: 'browser',
    format: 'iife',
    target: 'chrome120',
    // In a folder of its own: a panel's page may load from it and from nowhere else in dist/.
    entryPoints: { webview: 'src/webview/main.ts' },
    outdir: 'dist/webview',
  },
];

if (process.argv.includes('--tests'))
  bundles.push({
    ...common,
    ...node,
    entryPoints: { index: 'test/vscode/index.ts' },
    external: ['vscode', 'mocha'],
    outdir: 'out/test-vscode',
  });

if (watch) {
  for (const options of bundles) await (await esbuild.context(options)).watch();
} else {
  await rm('dist', { recursive: true, force: true });
  await Promise.all(bundles.map((options) => esbuild.build(options)));
}
