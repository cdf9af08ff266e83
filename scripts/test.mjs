// @ts-check
/**
 * `npm test`: sets everything up and runs all tests: types, lint and format; unit tests, the scorer and the
 * panel; the extension in real VS Code, oldest supported and newest. The last line counts them.
 */
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { build, installPackages, requireNode, root, run } from './setup.mjs';

/** @typedef {{ passed: number, failed: number, skipped: number }} Count */

requireNode();
await installPackages();
const output = path.join(root, 'out', 'test-results');
await rm(output, { recursive: true, force: true });
await mkdir(output, { recursive: true });
await build(['--tests']);

const log = (/** @type {string} */ line) => console.log(line);
const { findChromium } = await import('./vscode/chromium.mjs');
findChromium({ install: true, log });
// Before the first test: those of the grammar read VS Code's own YAML.
const { testExecutable } = await import('./vscode/desktop.mjs');
const { supportedVersions } = await import('./vscode/versions.mjs');
for (const version of supportedVersions) await testExecutable(version, { log });
const { fetchVocabularies } = await import('./vocabularies.mjs');
await fetchVocabularies(log);

/** @type {Count[]} */
const counts = [];
counts.push(await check('types', ['node_modules/typescript/bin/tsc', '-b']));
counts.push(await check('lint', ['node_modules/eslint/bin/eslint.js', '.']));
counts.push(
  await check('format', ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.']),
);
counts.push(await vitest());
for (const version of supportedVersions) counts.push(await inVsCode(version));

const total = counts.reduce(
  (sum, count) => ({
    passed: sum.passed + count.passed,
    failed: sum.failed + count.failed,
    skipped: sum.skipped + count.skipped,
  }),
  { passed: 0, failed: 0, skipped: 0 },
);
console.log(
  `\n${total.passed} passed, ${total.failed} failed${total.skipped ? `, ${total.skipped} skipped` : ''}`,
);
process.exit(total.failed === 0 ? 0 : 1);

/**
 * A tool whose exit code is the verdict.
 * @param {string} name
 * @param {string[]} args
 * @returns {Promise<Count>}
 */
async function check(name, args) {
  const passed = (await run(process.execPath, args)) === 0;
  console.log(`${passed ? '✓' : '✗'} ${name}`);
  return { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 };
}

/** @returns {Promise<Count>} */
async function vitest() {
  const report = path.join(output, 'vitest.json');
  const code = await run(process.execPath, [
    ...['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/vitest.config.mts'],
    ...['--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
  ]);
  return verdict(code, report, (/** @type {any} */ json) => ({
    passed: json.numPassedTests,
    failed: json.numFailedTests,
    skipped: json.numPendingTests + json.numTodoTests,
  }));
}

/**
 * @param {import('./vscode/versions.mjs').VsCodeVersion} version
 * @returns {Promise<Count>}
 */
async function inVsCode(version) {
  const report = path.join(output, `vscode-${version.name}.json`);
  const code = await run(process.execPath, ['scripts/test-vscode.mjs', version.name, report]);
  return verdict(code, report, (/** @type {Count} */ json) => json);
}

/**
 * The counts a runner wrote; a runner that failed without a failed test (it crashed, say) counts as one.
 * @param {number} code
 * @param {string} report
 * @param {(json: any) => Count} read
 * @returns {Promise<Count>}
 */
async function verdict(code, report, read) {
  /** @type {Count} */
  let count = { passed: 0, failed: 0, skipped: 0 };
  try {
    count = read(JSON.parse(await readFile(report, 'utf8')));
  } catch (error) {
    console.error(`No report from this runner: ${error instanceof Error ? error.message : String(error)}`);
    code ||= 1;
  }
  return code !== 0 && count.failed === 0 ? { ...count, failed: 1 } : count;
}
