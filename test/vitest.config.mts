import { defineConfig } from 'vitest/config';

// test/vscode runs inside VS Code, started by scripts/test.mjs.
export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    exclude: ['test/vscode/**'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
