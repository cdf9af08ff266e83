// @ts-check
/** Runs what is compared, each in a process of its own, and says what it took. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root } from '../setup.mjs';

/** @typedef {{ cpu: number, megabytes: number }} Usage seconds of all threads, and peak resident memory */

/**
 * Our own program. Its CPU time includes starting Node.
 * @param {string[]} args
 * @returns {Promise<{ output: string, usage: Usage }>}
 */
export async function ours(args) {
  const folder = mkdtempSync(path.join(tmpdir(), 'knowledge-probes-bench-'));
  const file = path.join(folder, 'usage.json');
  try {
    const preload = path.join(root, 'scripts', 'bench', 'usage.cjs');
    const output = await collect(
      process.execPath,
      ['--require', preload, path.join(root, 'dist', 'cli', 'main.mjs'), ...args],
      { env: { ...process.env, BENCH_USAGE: file } },
    );
    return { output, usage: JSON.parse(readFileSync(file, 'utf8')) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * One of the Python files here; they measure themselves.
 * @param {string} file
 * @param {string[]} args
 * @returns {Promise<any>}
 */
export async function python(file, args) {
  const program = findPython('numpy');
  if (program === undefined) throw new Error('The bench compares with NumPy: install python3-numpy.');
  return JSON.parse(await collect(program, [path.join(root, 'scripts', 'bench', file), ...args]));
}

/**
 * A Python that has a module: the one on the path, or Debian's own.
 * @param {string} module
 * @returns {string | undefined}
 */
export function findPython(module) {
  return ['python3', '/usr/bin/python3'].find(
    (program) => spawnSync(program, ['-c', `import ${module}`]).status === 0,
  );
}

/**
 * Runs a program to its end.
 * @param {string} program
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, onStart?: (pid: number) => void }} [options]
 * @returns {Promise<string>} what it printed
 */
export function collect(program, args, { env = process.env, onStart } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    if (child.pid !== undefined) onStart?.(child.pid);
    /** @type {Buffer[]} */
    const output = [];
    /** @type {Buffer[]} */
    const said = [];
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => said.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(output).toString());
      else reject(new Error(`${program} ${args.join(' ')} ended with ${code}:\n${Buffer.concat(said)}`));
    });
  });
}
