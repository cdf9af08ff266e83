#!/usr/bin/env node
// @ts-check
/**
 * Stands in for desktop VS Code where there is none: `runTests` of @vscode/test-electron starts this program with
 * the arguments of `code` and takes its exit code. It runs VS Code's server, opens it in Chromium, lets the tests
 * run in the server's extension host, and ends with their result.
 *
 * Environment: KP_VSCODE_VERSION (oldest, newest), KP_VSCODE_TIMEOUT_S (600), CHROMIUM_PATH.
 */
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { format } from 'node:util';
import { chromium } from 'playwright-core';
import { parseTestArguments } from './arguments.mjs';
import { launchOptions } from './chromium.mjs';
import { startPageDriver } from './driver.mjs';
import { repository } from './install.mjs';
import { Interrupted, watchForTheEnd } from './outcome.mjs';
import { openUrl, remoteUri, serveVsCode } from './serve.mjs';
import { findVersion } from './versions.mjs';
import { isWorkbenchTalk } from './workbenchTalk.mjs';

/** A quiet window: only what is tested may open, ask or reach for the network. */
const settings = {
  'chat.disableAIFeatures': true,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'git.openRepositoryInParentFolders': 'never',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
};

const limit = Number(process.env['KP_VSCODE_TIMEOUT_S'] ?? 600) * 1000;
const version = findVersion(process.env['KP_VSCODE_VERSION'] ?? 'oldest');
const output = path.join(repository, '.vscode-test', 'output');
/** @type {string[]} */
const pageLog = [];

// When whoever reads the output is gone, what is running must still be stopped in order.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
const outcome = watchForTheEnd(limit);
process.exitCode = await main();
// Something that was left open must not turn a finished run into one that hangs.
setTimeout(() => process.exit(), 5000).unref();

async function main() {
  /** @type {(() => unknown)[]} */
  const undo = [];
  /** @type {import('playwright-core').Page | undefined} */
  let page;
  /** @type {import('./serve.mjs').Served | undefined} */
  let server;
  let code;
  try {
    const test = parseTestArguments(process.argv.slice(2));
    await mkdir(output, { recursive: true });
    await forgetEvidence();
    const data = await mkdtemp(path.join(tmpdir(), 'kp-vscode-'));
    undo.push(() => rm(data, { recursive: true, force: true }));

    const driver = await startPageDriver(() => page, output);
    undo.push(driver.close);
    const serving = serveVsCode({
      version,
      serverDataDir: data,
      testing: true,
      env: driver.env,
      machineSettings: settings,
      log: (line) => console.log(line),
    });
    // Told to stop at once if what follows fails before it has started.
    undo.push(() => serving.then((started) => started.stop()).catch(() => {}));
    const launching = chromium.launch(launchOptions());
    undo.push(() => launching.then((browser) => browser.close()).catch(() => {}));
    const [started, browser] = await outcome.orEnd(Promise.all([serving, launching]));
    server = started;
    void server.ended.then(() => outcome.reject(new Error("VS Code's server ended before the tests did.")));
    browser.once('disconnected', () => outcome.reject(new Error('Chromium ended before the tests did.')));

    page = await outcome.orEnd(browser.newPage({ viewport: { width: 1280, height: 800 } }));
    await outcome.orEnd(openTests(page, server, test));
    code = await outcome.promise;
    if (code !== 0) await keepEvidence(page, server);
  } catch (error) {
    console.error(`VS Code ${version.vscode}: ${/** @type {Error} */ (error).message}`);
    await keepEvidence(page, server);
    code = error instanceof Interrupted ? error.code : 1;
  } finally {
    for (const step of undo.reverse()) await step();
  }
  return code;
}

/**
 * @param {import('playwright-core').Page} page
 * @param {import('./serve.mjs').Served} server
 * @param {import('./arguments.mjs').TestArguments} test
 */
async function openTests(page, server, test) {
  // These two are what VS Code's workbench calls in a page that runs extension tests.
  await page.exposeFunction(
    'codeAutomationLog',
    (/** @type {string} */ type, /** @type {unknown[]} */ args) => {
      const line = `${format(...args)}\n`;
      if (isWorkbenchTalk(line)) pageLog.push(line.trimEnd());
      else if (type === 'error' || type === 'warn') process.stderr.write(line);
      else process.stdout.write(line);
    },
  );
  await page.exposeFunction('codeAutomationExit', (/** @type {number} */ exitCode) =>
    outcome.resolve(exitCode),
  );
  page.on('console', (message) => pageLog.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => pageLog.push(`page error: ${error.stack ?? error.message}`));
  page.on('crash', () => outcome.reject(new Error('The page crashed. Is there memory enough?')));

  /** @type {[string, string][]} */
  const payload = [
    ...test.extensions.map(
      (folder) =>
        /** @type {[string, string]} */ (['extensionDevelopmentPath', remoteUri(server.port, folder)]),
    ),
    ['extensionTestsPath', remoteUri(server.port, test.tests)],
    ['skipWelcome', 'true'],
    ['skipReleaseNotes', 'true'],
  ];
  const where = {
    ...(test.folder === undefined ? {} : { folder: test.folder }),
    ...(test.workspace === undefined ? {} : { workspace: test.workspace }),
  };
  await page.goto(openUrl(server, { ...where, payload }));
}

/** @param {string} name */
function evidence(name) {
  return path.join(output, `${version.name}-${name}`);
}

/** A picture of an earlier failure would mislead. */
async function forgetEvidence() {
  for (const name of ['failure.png', 'server.log', 'page.log']) await rm(evidence(name), { force: true });
}

/**
 * What a person needs to understand a failure.
 * @param {import('playwright-core').Page | undefined} page
 * @param {import('./serve.mjs').Served | undefined} server
 */
async function keepEvidence(page, server) {
  /** @type {string[]} */
  const kept = [];
  /** @param {string} name @param {Promise<unknown>} made */
  const keep = async (name, made) => {
    try {
      await made;
      kept.push(name);
    } catch {
      // The page or the log is gone; the rest may still tell.
    }
  };
  if (page)
    await keep(evidence('failure.png'), page.screenshot({ path: evidence('failure.png'), timeout: 5000 }));
  if (server) await keep(evidence('server.log'), copyFile(server.logFile, evidence('server.log')));
  if (pageLog.length > 0)
    await keep(evidence('page.log'), writeFile(evidence('page.log'), pageLog.join('\n')));
  if (kept.length > 0) console.error(`To look at: ${kept.join(', ')}`);
}
