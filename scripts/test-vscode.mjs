// @ts-check
/**
 * The extension's tests inside one release of real VS Code, on a copy of the example.
 * Usage: node scripts/test-vscode.mjs oldest|newest [report.json]
 */
import { runTests } from '@vscode/test-electron';
import { cp, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { root } from './setup.mjs';
import { testExecutable } from './vscode/desktop.mjs';
import { findVersion } from './vscode/versions.mjs';

const version = findVersion(process.argv[2]);
const report = path.resolve(process.argv[3] ?? path.join(root, 'out', `vscode-${version.name}.json`));

// Tests change the probe file and score it: never the repository's own.
const workspace = path.join(root, 'out', `workspace-${version.name}`);
await rm(workspace, { recursive: true, force: true });
await mkdir(workspace, { recursive: true });
await cp(path.join(root, 'examples'), workspace, {
  recursive: true,
  filter: (source) => !/\.scores(\/|\\|$)|[/\\](training|reference)$/.test(source),
});

const { vscodeExecutablePath, extensionTestsEnv } = await testExecutable(version);
await rm(report, { force: true });
try {
  process.exitCode = await runTests({
    vscodeExecutablePath,
    extensionDevelopmentPath: root,
    extensionTestsPath: path.join(root, 'out', 'test-vscode', 'index.js'),
    launchArgs: [workspace],
    extensionTestsEnv: { ...extensionTestsEnv, KP_RESULTS: report },
  });
} catch (error) {
  console.error(
    `The tests in VS Code ${version.vscode} failed: ${error instanceof Error ? error.message : String(error)}`,
  );
  process.exitCode = 1;
}
