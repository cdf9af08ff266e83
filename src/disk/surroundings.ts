import type { ProbeFile } from '../core/probes/model';
import type { CheckpointsFound, Environment, LogFound } from '../core/probes/rules/rule';
import { findCheckpoints } from './checkpoints';
import { loadSchedules } from './injections';
import { lookIntoLog } from './logs/folder';
import { logFolder } from './logs/runLog';

export interface Surroundings {
  /** For `checkMeaning`; without tokenizers, which another room loads. */
  readonly environment: Environment;
  /** Folders of tokenizers, with the runs whose last checkpoint uses them. */
  readonly tokenizers: ReadonlyMap<string, readonly string[]>;
}

/** What the disk knows of a probe file: its runs' checkpoints and its schedule files. Throws nothing. */
export async function surroundingsOf(file: ProbeFile, baseDir: string): Promise<Surroundings> {
  const [{ files, problems }, found, logs] = await Promise.all([
    loadSchedules(file, baseDir),
    Promise.all(file.runs.map(async (run) => ({ run, ...(await findCheckpoints(run, baseDir)) }))),
    findLogs(file, baseDir),
  ]);
  const checkpoints = new Map<string, CheckpointsFound>();
  const tokenizers = new Map<string, string[]>();
  for (const { run, checkpoints: usable, problems: failures } of found) {
    checkpoints.set(run.id.value, { count: usable.length, problems: failures });
    const last = usable.at(-1);
    if (last !== undefined)
      tokenizers.set(last.tokenizer, [...(tokenizers.get(last.tokenizer) ?? []), run.id.value]);
  }
  return {
    environment: { checkpoints, logs, schedules: files, brokenSchedules: problems },
    tokenizers,
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
