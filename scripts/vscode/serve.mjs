// @ts-check
/** VS Code's server on this machine's loopback address, for a browser. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { installVsCode } from './install.mjs';
import { endAtOnce, endTree } from './processes.mjs';

const host = '127.0.0.1';
const portFile = 'port';

/**
 * @typedef {object} ServeOptions
 * @property {import('./versions.mjs').VsCodeVersion} version
 * @property {string} serverDataDir settings, extensions and logs of this server
 * @property {number} [port] when left out: the one of last time if it is free, else any
 * @property {string} [token] a random one when left out
 * @property {boolean} [testing] without token and workspace trust, and with the end of a test run told to the
 *   page. Only for tests: anything on this machine could then use the server.
 * @property {NodeJS.ProcessEnv} [env] added to the environment, the extension host's too
 * @property {Record<string, unknown>} [machineSettings]
 * @property {(line: string) => void} [log]
 */

/**
 * @typedef {object} Served
 * @property {string} url the bare address; a person needs `openUrl`'s
 * @property {number} port
 * @property {string} token empty when testing
 * @property {import('node:child_process').ChildProcess} child
 * @property {string} logFile
 * @property {Promise<void>} ended the server's process has ended, for whatever reason
 * @property {() => Promise<void>} stop ends the server and everything it started
 */

/**
 * Starts the server and waits until it answers.
 * @param {ServeOptions} options
 * @returns {Promise<Served>}
 */
export async function serveVsCode(options) {
  const { version, serverDataDir, testing = false, log } = options;
  const installed = await installVsCode(version, log ? { log } : {});
  const token = testing ? '' : (options.token ?? randomBytes(24).toString('hex'));
  const logFile = path.join(serverDataDir, 'server.log');
  await prepare(serverDataDir, options.machineSettings);

  const access = testing
    ? ['--without-connection-token', '--disable-workspace-trust', '--enable-smoke-test-driver']
    : ['--connection-token-file', await writeToken(serverDataDir, token)];
  const wantedPort = options.port ?? (testing ? 0 : await portOfLastTime(serverDataDir));
  const output = openSync(logFile, 'w', 0o600);
  const child = spawn(
    installed.node,
    [
      installed.serverMain,
      ...['--host', host, '--port', String(wantedPort)],
      ...['--server-data-dir', serverDataDir],
      '--accept-server-license-terms',
      '--disable-telemetry',
      ...access,
    ],
    {
      cwd: serverDataDir,
      env: { ...inheritedEnvironment(), ...options.env },
      stdio: ['ignore', output, output],
      // A group of its own: Ctrl+C reaches the script alone, which then stops the server in order.
      detached: process.platform !== 'win32',
    },
  );
  closeSync(output);

  /** @type {Promise<void>} */
  const ended = new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const lastMoment = () => {
    if (child.pid !== undefined && child.exitCode === null) endAtOnce(child.pid);
  };
  process.once('exit', lastMoment);
  const stop = async () => {
    process.off('exit', lastMoment);
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
      await endTree(child.pid);
    await ended;
  };

  try {
    const port = await untilItAnswers(child, logFile, token);
    await writeFile(path.join(serverDataDir, portFile), String(port));
    return { url: `http://${host}:${port}/`, port, token, child, logFile, ended, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * The address that opens a folder, and if wanted a file in it.
 * @param {Pick<Served, 'port' | 'token'>} server
 * @param {object} what
 * @param {string} [what.folder]
 * @param {string} [what.workspace] a .code-workspace file, in place of a folder
 * @param {string} [what.file] shown at once; `:line` or `:line:column` may follow
 * @param {readonly (readonly [string, string])[]} [what.payload] more for the workbench's environment
 */
export function openUrl(server, { folder, workspace, file, payload = [] }) {
  const url = new URL(`http://${host}:${server.port}/`);
  // The server takes the token, sets a cookie and forwards to the same address without it.
  if (server.token) url.searchParams.set('tkn', server.token);
  if (folder !== undefined) url.searchParams.set('folder', webPath(folder));
  if (workspace !== undefined) url.searchParams.set('workspace', webPath(workspace));
  const entries = [...payload];
  if (file !== undefined) {
    entries.push(['openFile', remoteUri(server.port, file)]);
    if (/:\d+$/.test(file)) entries.push(['gotoLineMode', 'true']);
  }
  if (entries.length > 0) url.searchParams.set('payload', JSON.stringify(entries));
  return url.href;
}

/** How the workbench in the browser names a file of the server's machine. @param {number} port @param {string} file */
export function remoteUri(port, file) {
  return `vscode-remote://${host}:${port}${webPath(file)}`;
}

/** @param {string} file */
function webPath(file) {
  const forward = file.replaceAll('\\', '/');
  return forward.startsWith('/') ? forward : `/${forward}`;
}

/** @param {string} serverDataDir @param {Record<string, unknown> | undefined} machineSettings */
async function prepare(serverDataDir, machineSettings) {
  await mkdir(path.join(serverDataDir, 'extensions'), { recursive: true });
  if (!machineSettings) return;
  const folder = path.join(serverDataDir, 'data', 'Machine');
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'settings.json'), JSON.stringify(machineSettings, null, 2));
}

/** In a file of its owner's: arguments of a process are for all to see. @param {string} folder @param {string} token */
async function writeToken(folder, token) {
  const file = path.join(folder, 'connection-token');
  const handle = await open(file, 'w', 0o600);
  try {
    await handle.chmod(0o600);
    await handle.writeFile(token);
  } finally {
    await handle.close();
  }
  return file;
}

/** Without what npm, Node or a VS Code around this script would tell the server and its terminals. */
function inheritedEnvironment() {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(npm_|VSCODE_|ELECTRON_|NODE_OPTIONS$|INIT_CWD$)/i.test(name),
    ),
  );
}

/**
 * A browser keeps the layout, and that a folder is trusted, for an address with its port: a person who starts again
 * should not be asked again.
 * @param {string} serverDataDir
 * @returns {Promise<number>}
 */
async function portOfLastTime(serverDataDir) {
  const port = Number(await readFile(path.join(serverDataDir, portFile), 'utf8').catch(() => '0'));
  if (!Number.isInteger(port) || port < 1024 || port > 65535) return 0;
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(0));
    probe.listen(port, host, () => probe.close(() => resolve(port)));
  });
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {string} logFile
 * @param {string} token
 * @returns {Promise<number>} the port
 */
async function untilItAnswers(child, logFile, token) {
  /** @type {Error | undefined} */
  let failure;
  child.once('error', (error) => (failure = error));
  const giveUp = Date.now() + 60_000;
  while (Date.now() < giveUp) {
    const printed = await readFile(logFile, 'utf8');
    if (failure) throw new Error(`VS Code's server could not be started: ${failure.message}`);
    // It goes on without its port, and would never answer.
    if (/EADDRINUSE/.test(printed)) {
      throw new Error("Another program uses the port that VS Code's server was to have: choose another one.");
    }
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(
        `VS Code's server ended at once (exit code ${child.exitCode ?? child.signalCode}). It said:\n` +
          `${printed.slice(-3000).trim()}\nLog: ${logFile}`,
      );
    }
    const port = /listening on (\d+)/.exec(printed)?.[1];
    if (port !== undefined && (await answers(Number(port), token))) return Number(port);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`VS Code's server did not answer within a minute. Its log: ${logFile}`);
}

/** @param {number} port @param {string} token */
async function answers(port, token) {
  try {
    const response = await fetch(`http://${host}:${port}/?tkn=${token}`, { redirect: 'manual' });
    await response.arrayBuffer();
    return response.status < 400;
  } catch {
    return false;
  }
}
