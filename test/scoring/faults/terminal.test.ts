/** What happens to a job on the command line when its terminal goes, or its output. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { program, type Program } from '../../cli/program';
import { readRun } from '../../../src/disk/results/read';
import { temporaryFolder } from '../helpers';

// A machine may do much else at the time.
vi.setConfig({ testTimeout: 120_000 });

let cli: Program;
beforeAll(async () => {
  cli = await program([0, 50]);
});
afterAll(() => cli.remove());

it('a terminal that is closed stops the job as Ctrl-C does: what is done is written', async () => {
  const folder = await temporaryFolder();
  const results = join(folder, 'facts.scores');
  const args = ['score', cli.file, '--run', 's1', '--results', folder, '--threads', '1', '--format', 'json'];
  // A group of its own, as a terminal has: the signal reaches the scorers too.
  const child = spawn(process.execPath, [join(cli.folder, 'cli', 'main.mjs'), ...args], {
    cwd: cli.folder,
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  await expect
    .poll(() => existsSync(join(results, 's1', 'step-0')), { timeout: 60_000, interval: 10 })
    .toBe(true);
  process.kill(-child.pid!, 'SIGHUP');
  expect(await once(child, 'close')).toEqual([130, null]);
  const { scored, cancelled, failures } = JSON.parse(said) as Record<string, unknown>;
  expect({ cancelled, failures }).toEqual({ cancelled: true, failures: [] });
  const { parts, problems } = await readRun(results, 's1');
  expect(problems).toEqual([]);
  expect(parts.flatMap(({ rows }) => rows)).toHaveLength(scored as number);
});
