import type { ProbeFile } from '../core/probes/model';
import type { CheckpointsFound, Environment, LogFound } from '../core/probes/rules/rule';
import { findCheckpoints, type Checkpoint } from './checkpoints';
import { loadSchedules } from './injections';
import { lookIntoLog } from './logs/folder';
import { logFolder } from './logs/runLog';

export interface Surroundings {
  /** For `checkMeaning`; without tokenizers, which another room loads. */
  readonly environment: Environment;
  /** Run by run, the last checkpoint: its tokenizer is taken for that of all. */
  readonly last: ReadonlyMap<string, Checkpoint>;
}

/** What the disk knows of a probe file: its runs' checkpoints and its schedule files. Throws nothing. */
export async function surroundingsOf(file: ProbeFile, baseDir: string): Promise<Surroundings> {
  const [{ files, problems }, found, logs] = await Promise.all([
    loadSchedules(file, baseDir),
    Promise.all(file.runs.map(async (run) => ({ run, ...(await findCheckpoints(run, baseDir)) }))),
    findLogs(file, baseDir),
  ]);
  const checkpoints = new Map<string, CheckpointsFound>();
  const last = new Map<string, Checkpoint>();
  for (const { run, checkpoints: usable, problems: failures } of found) {
    checkpoints.set(run.id.value, { count: usable.length, problems: failures });
    const newest = usable.at(-1);
    if (newest !== undefined) last.set(run.id.value, newest);
  }
  return {
    environment: { checkpoints, logs, schedules: files, brokenSchedules: problems },
    last,
  };
}

async function findLogs(file: ProbeFile, baseDir: string): Promise<ReadonlyMap<string, LogFound>> {
  const logs = new Map<string, LogFound>();
  for (const run of file.runs) {
    const folder = logFolder(run, baseDir);
    if (folder === undefined) continue;
    const found = await lookIntoLog(folder);
    logs.set(run.id.value, 'code' in found ? { failure: found } : { probes: found });
  }
  return logs;
}
