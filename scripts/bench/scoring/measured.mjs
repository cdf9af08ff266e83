// @ts-check
/** Runs a program and says what it took, with all processes that it starts. */
import { readFileSync, readdirSync } from 'node:fs';
import { collect } from '../processes.mjs';

/** @typedef {{ wall: number, cpu: number, megabytes: number }} Took seconds, seconds of all threads, peak memory */

/** Looking more often takes time from what is measured: of two cores 3 % at every 20 ms. */
const EVERY_MS = 100;
/** USER_HZ: of the times in /proc, on every Linux. */
const TICKS = 100;

/**
 * @param {string} program
 * @param {string[]} args
 * @returns {Promise<{ output: string, took: Took }>} CPU time and memory are NaN where there is no /proc
 */
export async function measured(program, args) {
  const start = performance.now();
  /** @type {ReturnType<typeof watchTree> | undefined} */
  let watch;
  const output = await collect(program, args, { onStart: (pid) => (watch = watchTree(pid)) }).finally(() =>
    watch?.stop(),
  );
  const wall = (performance.now() - start) / 1000;
  return { output, took: { wall, ...(watch?.usage() ?? { cpu: NaN, megabytes: NaN }) } };
}

/**
 * Looks at the processes again and again: the scorer is ended by force and then has no last word.
 * @param {number} pid
 */
function watchTree(pid) {
  /** @type {Map<number, { cpu: number, megabytes: number }>} */
  const seen = new Map();
  const look = () => {
    for (const each of tree(pid)) {
      const usage = usageOf(each);
      if (usage !== undefined) seen.set(each, usage);
    }
  };
  look();
  const timer = setInterval(look, EVERY_MS);
  return {
    stop: () => clearInterval(timer),
    usage: () => {
      /** @param {'cpu' | 'megabytes'} what */
      const sum = (what) =>
        seen.size === 0 ? NaN : [...seen.values()].reduce((total, usage) => total + usage[what], 0);
      return { cpu: sum('cpu'), megabytes: sum('megabytes') };
    },
  };
}

/** @param {number} pid @returns {number[]} */
function tree(pid) {
  try {
    const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    );
    return [pid, ...children.flatMap(tree)];
  } catch {
    return [pid];
  }
}

/** @param {number} pid @returns {{ cpu: number, megabytes: number } | undefined} */
function usageOf(pid) {
  try {
    const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
      .slice(11, 13);
    const peak = /^VmHWM:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    if (peak === undefined) return undefined;
    return { cpu: (Number(user) + Number(system)) / TICKS, megabytes: Number(peak) / 1024 };
  } catch {
    return undefined;
  }
}
