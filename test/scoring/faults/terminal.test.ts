/** What happens to a job on the command line when its terminal goes, or its output. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { program, type Program } from '../../cli/program';
import { readRun } from '../../../src/disk/results/read';
import { temporaryFolder } from '../helpers';

// A machine may do much else at the time.
vi.setConfig({ testTimeout: 120_000 });

let cli: Program;
beforeAll(async () => {
  cli = await program([0, 50, 100, 150, 200, 250, 300, 350]);
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

describe('a job of which a checkpoint fails', () => {
  beforeAll(() => writeFile(join(cli.folder, 'checkpoints/s1/step-50/model.onnx'), 'nonsense'));

  /** The exit code, and what was said where it can be. */
  async function scored(redirection: string, closed = false) {
    const args = ['score', cli.file, '--run', 's1', '--steps', '50', '--results', await temporaryFolder()];
    const child = spawn('sh', ['-c', `"$@" ${redirection}`, 'sh', process.execPath, main(), ...args]);
    const said = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      if (closed) child[name].destroy();
      else child[name].setEncoding('utf8').on('data', (text: string) => (said[name] += text));
    }
    const [code] = (await once(child, 'close')) as [number];
    return { code, ...said };
  }
  const main = () => join(cli.folder, 'cli', 'main.mjs');

  it('ends with 1 though nobody reads what it says', async () => {
    expect((await scored('', true)).code).toBe(1);
  });

  it('goes on to its end where standard error cannot be written', async (context) => {
    context.skip(!existsSync('/dev/full'), 'needs /dev/full');
    const { code, stdout } = await scored('2>/dev/full');
    expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringMatching(/^0 texts scored/) as string });
  });

  it('says in plain words that standard output cannot be written', async (context) => {
    context.skip(!existsSync('/dev/full'), 'needs /dev/full');
    const { code, stderr } = await scored('>/dev/full');
    expect(code).toBe(1);
    expect(stderr).toContain('error: The output cannot be written (ENOSPC).');
    expect(stderr).not.toContain('    at ');
  });
});
