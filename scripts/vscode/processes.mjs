// @ts-check
/** Processes and everything they started: finding them, ending them. */
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

/** @param {number} pid */
export function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/**
 * Ends a process with all its descendants: asks first, and forces those that are still there after a while.
 * Descendants are looked up before anything ends, because orphans no longer tell whose they were.
 * @param {number} pid
 * @param {number} [patience] milliseconds
 */
export async function endTree(pid, patience = 3000) {
  const tree = [pid, ...descendants(pid)];
  if (process.platform === 'win32') return endAtOnce(pid);
  for (const member of tree) signal(member, 'SIGTERM');
  const giveUp = Date.now() + patience;
  while (Date.now() < giveUp && tree.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 25));
  for (const member of tree) if (isAlive(member)) signal(member, 'SIGKILL');
}

/** The same at once and without waiting, for the last moments of this process. @param {number} pid */
export function endAtOnce(pid) {
  if (process.platform === 'win32') {
    try {
      execFileSync('taskkill', ['/pid', String(pid), '/T', '/F'], { stdio: 'ignore' });
    } catch {
      // It has ended already.
    }
    return;
  }
  for (const member of [pid, ...descendants(pid)]) signal(member, 'SIGKILL');
}

/** @param {number} pid @param {NodeJS.Signals} name */
function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended already.
  }
}

/** Like isRunning, but a process that has ended and only waits to be collected counts as ended. @param {number} pid */
function isAlive(pid) {
  if (!isRunning(pid)) return false;
  if (process.platform !== 'linux') return true;
  return readStat(pid)?.state !== 'Z';
}

/** @param {number} root @returns {number[]} */
function descendants(root) {
  /** @type {Map<number, number[]>} */
  const children = new Map();
  for (const { pid, parent } of allProcesses()) {
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const found = [];
  const queue = [root];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const below = children.get(next) ?? [];
    found.push(...below);
    queue.push(...below);
  }
  return found;
}

/** @returns {{ pid: number; parent: number }[]} */
function allProcesses() {
  // Slim containers have no `ps`, but every Linux has /proc.
  if (process.platform === 'linux') {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((name) => ({ pid: Number(name), parent: readStat(Number(name))?.parent ?? 0 }));
  }
  if (process.platform === 'win32') return [];
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => {
      const [pid, parent] = line.trim().split(/\s+/).map(Number);
      return { pid: pid ?? 0, parent: parent ?? 0 };
    });
}

/** @param {number} pid */
function readStat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses and may hold spaces and parentheses itself.
    const [state, parent] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state, parent: Number(parent) };
  } catch {
    return undefined;
  }
}
