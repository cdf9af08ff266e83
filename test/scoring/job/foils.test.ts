import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { readCurrentRows } from '../../../src/disk/analysis';
import { readFoils } from '../../../src/disk/results/foils';
import { program, type Program } from '../../cli/program';
import { FIXTURES, temporaryFolder } from '../helpers';

// A machine may do much else at the time.
vi.setConfig({ testTimeout: 240_000 });

let cli: Program;
beforeAll(async () => {
  cli = await program([]);
});
afterAll(() => cli.remove());

const targets = ['Callisto', 'Ganymede', 'Mars', 'Jupiter'];
let file: string;
let results: string;
beforeEach(async () => {
  const home = await temporaryFolder();
  file = join(home, 'moons.probes.yaml');
  results = join(home, 'moons.scores');
  // Two runs, of which each has a tokenizer of its own.
  const tokenizer = await readFile(join(FIXTURES, 'tokenizer.json'), 'utf8');
  for (const [run, text] of [
    ['a', tokenizer],
    ['b', `${tokenizer}\n`],
  ] as const) {
    const checkpoint = join(home, run, 'step-0');
    await mkdir(checkpoint, { recursive: true });
    await cp(join(FIXTURES, 'plain', 'model.onnx'), join(checkpoint, 'model.onnx'));
    await cp(join(FIXTURES, 'config.json'), join(checkpoint, 'config.json'));
    await writeFile(join(checkpoint, 'tokenizer.json'), text);
  }
  await writeFacts(targets);
});

async function writeFacts(names: readonly string[]): Promise<void> {
  const facts = names.map(
    (target, i) => `  - { id: f${i}, probes: [{ kind: semantic, prompt: The moons, target: ${target} }] }\n`,
  );
  const runs = ['a', 'b'].map((id) => `  - { id: ${id}, checkpoints: "${id}/step-{step}" }\n`);
  await writeFile(file, `version: 1\nruns:\n${runs.join('')}facts:\n${facts.join('')}`);
}

const score = (...args: string[]) => cli.run('score', file, '--threads', '1', ...args);

it('two programs that score with different tokenizers at once keep the choices of both', async () => {
  for (let i = 0; i < 3; i++) {
    const into = join(await temporaryFolder(), 'out');
    const both = await Promise.all(['a', 'b'].map((run) => score('--run', run, '--results', into)));
    expect(both.map(({ code, stderr }) => [code, stderr])).toEqual([
      [0, expect.not.stringContaining('error')],
      [0, expect.not.stringContaining('error')],
    ]);
    const stored = Object.values(await readFoils(join(into, 'moons.scores')));
    expect(stored.map(({ length }) => length)).toEqual([targets.length, targets.length]);
  }
});

/** Current foils by fact. */
async function foilsShown(): Promise<Record<string, string[]>> {
  const shown: Record<string, string[]> = {};
  for await (const { rows } of readCurrentRows({ path: file, results }, { run: 'a' }))
    for (const { role, fact, text } of rows) if (role === 'foil') (shown[fact] ??= []).push(text);
  return shown;
}

it('a damaged file of choices is set aside with a warning, and what was scored stays current', async () => {
  expect((await score('--run', 'a')).code).toBe(0);
  const before = await foilsShown();
  const name = (await readdir(results)).find((each) => each.startsWith('_foils-'))!;
  await writeFile(join(results, name), '{"version":1,"foils":{');
  const again = await score('--run', 'a', '--format', 'json');
  expect(again.code).toBe(0);
  expect(again.stderr).toContain(`It is kept as _${name}.damaged`);
  const { warnings, scored } = JSON.parse(again.stdout) as { warnings: string[]; scored: number };
  expect(warnings).toEqual([expect.stringMatching(/foils .* is damaged.*_foils-/)]);
  expect(scored).toBe(0);
  expect(await readFile(join(results, `_${name}.damaged`), 'utf8')).toBe('{"version":1,"foils":{');
  expect(await foilsShown()).toEqual(before);
  expect((await score('--run', 'a')).stderr).not.toContain('damaged');
});

it('a newer file of choices is refused, and what was scored stays as it is', async () => {
  expect((await score('--run', 'a')).code).toBe(0);
  const name = (await readdir(results)).find((each) => each.startsWith('_foils-'))!;
  const newer = JSON.stringify({ version: 2 });
  await writeFile(join(results, name), newer);
  // With another fact others would be chosen.
  await writeFacts([...targets, 'Callisto of Mars']);
  const before = (await readdir(results, { recursive: true })).toSorted();
  const refused = await score('--run', 'a');
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain(join(results, name));
  expect(refused.stderr).toContain('Update');
  expect(await readFile(join(results, name), 'utf8')).toBe(newer);
  expect((await readdir(results, { recursive: true })).toSorted()).toEqual(before);
});
