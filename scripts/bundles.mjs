// @ts-check
/** How programs for Node are bundled: by the build, and by tests that run them. */

/** Node 20 is what the oldest supported VS Code runs its extension host on. */
export const node = /** @type {const} */ ({
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
});

/**
 * The command line, `cli/main.mjs` with its modules beside it: each verb loads what it needs. With all in one file
 * `check` of the example takes a tenth longer.
 */
export const commandLine = /** @type {const} */ ({
  ...node,
  format: 'esm',
  splitting: true,
  entryPoints: { 'cli/main': 'src/cli/main.ts' },
  chunkNames: 'cli/[name]-[hash]',
  outExtension: { '.js': '.mjs' },
  // What packages in CommonJS take for granted.
  banner: {
    js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);",
  },
});
