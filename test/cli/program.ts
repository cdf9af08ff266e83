import { execFile } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { bundle } from '../bundle';

const ROOT = new URL('../..', import.meta.url).pathname;

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line as it is shipped, and a copy of the example with a few of its checkpoints. */
export interface Program {
  readonly file: string;
  readonly folder: string;
  run(...args: string[]): Promise<Ended>;
  readonly remove: () => Promise<void>;
}

/** @param steps of run s1 that are there */
export async function program(steps: readonly number[]): Promise<Program> {
  const { folder, remove } = await bundle(
    { scorer: 'src/scoring/checkpoint/process.ts' },
    { withCommandLine: true },
  );
  const examples = join(ROOT, 'examples');
  const file = join(folder, 'facts.probes.yaml');
  await cp(join(examples, 'invented-facts.probes.yaml'), file);
  for (const name of ['tokenizer.json', 'tokenizer_config.json', ...steps.map((step) => `s1/step-${step}`)]) {
    await cp(join(examples, 'checkpoints', name), join(folder, 'checkpoints', name), { recursive: true });
  }
  return {
    file,
    folder,
    run: (...args) =>
      new Promise((resolve) => {
        execFile(
          process.execPath,
          [join(folder, 'cli', 'main.mjs'), ...args],
          { cwd: folder, maxBuffer: 1 << 28 },
          (error, stdout, stderr) => {
            resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
          },
        );
      }),
    remove,
  };
}
