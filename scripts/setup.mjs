// @ts-check
/** What `npm start` and `npm test` need before anything else can be imported: only Node's own modules here. */
import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

const leastNode = [20, 19];

/** Stops with a sentence when this Node is older than the packages allow. */
export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < leastNode[0] || (major === leastNode[0] && minor < leastNode[1])) {
    console.error(
      `Knowledge Probes needs Node ${leastNode.join('.')} or newer; this is ${process.versions.node}.`,
    );
    process.exit(2);
  }
}

/**
 * Runs a command in the project's root and gives back its exit code.
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, quiet?: boolean }} [options] quiet: its output is shown only when it fails
 * @returns {Promise<number>}
 */
export function run(command, args, { env = process.env, quiet = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env,
      stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
      // npm is a .cmd file on Windows, which only a shell starts.
      shell: process.platform === 'win32' && command === 'npm',
    });
    /** @type {Buffer[]} */
    const output = [];
    child.stdout?.on('data', (chunk) => output.push(chunk));
    child.stderr?.on('data', (chunk) => output.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (quiet && code !== 0) process.stderr.write(Buffer.concat(output));
      resolve(code ?? 1);
    });
  });
}

/** Installs the packages of package-lock.json unless they are there and current. */
export async function installPackages() {
  const lock = path.join(root, 'package-lock.json');
  const installed = path.join(root, 'node_modules', '.package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  console.log('Installing packages (npm ci) …');
  const code = await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { quiet: true });
  if (code !== 0) {
    console.error('npm ci failed. Is the npm registry reachable? The output above says more.');
    process.exit(code);
  }
}

/**
 * Bundles the project into dist/.
 * @param {string[]} [flags]
 */
export async function build(flags = []) {
  const code = await run(process.execPath, ['scripts/build.mjs', ...flags], { quiet: true });
  if (code !== 0) process.exit(code);
}
