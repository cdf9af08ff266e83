import { cp, mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { program, type Program } from '../../cli/program';
import { FIXTURES, temporaryFolder } from '../helpers';

// A machine may do much else at the time.
vi.setConfig({ testTimeout: 240_000 });

let cli: Program;
beforeAll(async () => {
  cli = await program([]);
});
afterAll(() => cli.remove());

it('temporary files of programs that died are gone after the next start', async () => {
  const file = await project('Callisto');
  expect((await cli.run('score', file)).code).toBe(0);
  const results = join(dirname(file), 'moons.scores');
  const left = join(results, '.22222222-0000-0000-0000-000000000000.tmp');
  await writeFile(left, 'half');
  await utimes(left, new Date(0), new Date(0));
  expect((await cli.run('score', file)).stdout).toMatch(/^0 texts scored/);
  expect(await readdir(results)).not.toContain(basename(left));
});

/** A probe file of always the same name, with a checkpoint of its own. */
async function project(target: string): Promise<string> {
  const home = await temporaryFolder();
  const checkpoint = join(home, 'ck', 'step-0');
  await mkdir(checkpoint, { recursive: true });
  await cp(join(FIXTURES, 'plain', 'model.onnx'), join(checkpoint, 'model.onnx'));
  for (const name of ['config.json', 'tokenizer.json'])
    await cp(join(FIXTURES, name), join(checkpoint, name));
  const file = join(home, 'moons.probes.yaml');
  const probe = `{ kind: semantic, prompt: The moons, target: ${target}, foils: [Mars] }`;
  await writeFile(
    file,
    `version: 1\nruns: [{ id: a, checkpoints: "ck/step-{step}" }]\nfacts: [{ id: f, probes: [${probe}] }]\n`,
  );
  return file;
}

it('two files of one name are not scored into one folder, one after the other or both at once', async () => {
  const [a, b] = [await project('Callisto'), await project('Jupiter')];
  const out = join(await temporaryFolder(), 'out');
  const score = (file: string) => cli.run('score', file, '--threads', '1', '--results', out);
  expect((await score(a)).code).toBe(0);
  const before = (await readdir(out, { recursive: true })).toSorted();
  const refused = await score(b);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain(a);
  expect(refused.stderr).toContain(b);
  expect((await readdir(out, { recursive: true })).toSorted()).toEqual(before);
  expect((await score(a)).code).toBe(0);

  const shared = join(await temporaryFolder(), 'out');
  const both = await Promise.all(
    [a, b].map((file) => cli.run('score', file, '--threads', '1', '--results', shared)),
  );
  expect(both.map(({ code }) => code).toSorted()).toEqual([0, 2]);
  const rows = (await readdir(shared, { recursive: true })).filter((name) => name.endsWith('.parquet'));
  expect(rows).toHaveLength(1);
  expect(dirname(rows[0]!)).toBe(join('moons.scores', 'a', 'step-0'));

  // What is shown all the same is said to be another's.
  const shown = await cli.run('results', b, '--results', out);
  expect(shown.stderr).toMatch(/^warning: The results folder of .* is that of another file/m);
  expect(shown.code).toBe(0);
  for (const verb of [['analyze'], ['export', '--what', 'results']]) {
    const [name, ...rest] = verb as [string, ...string[]];
    expect((await cli.run(name, b, ...rest, '--results', out)).stderr).toContain(
      'warning: The results folder',
    );
    expect((await cli.run(name, a, ...rest, '--results', out)).stderr).not.toContain('results folder');
  }
});
