import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkProbeFile } from '../../../src/scoring/check';
import { loadSplitter } from '../../../src/scoring/tokenizer/split';
import { FIXTURES, temporaryFolder } from '../helpers';

/** Takes twice as long with every further letter. */
const HOSTILE = { type: 'Split', pattern: { Regex: '(\\p{L}+)+!' }, behavior: 'Isolated' };
const LONG = `The ${'moon'.repeat(12)}`;

/** A folder of one checkpoint whose tokenizer comes to no end on long words. */
async function hostileFolder(config: object = {}): Promise<string> {
  const folder = await temporaryFolder();
  const definition = JSON.parse(await readFile(join(FIXTURES, 'tokenizer.json'), 'utf8')) as object;
  const home = join(folder, 'step-1');
  await cp(join(FIXTURES, 'plain'), home, { recursive: true });
  await writeFile(
    join(home, 'tokenizer.json'),
    JSON.stringify({ ...definition, pre_tokenizer: { type: 'Sequence', pretokenizers: [HOSTILE] } }),
  );
  await writeFile(join(home, 'config.json'), JSON.stringify(config));
  return folder;
}

describe('a tokenizer that does not come to an end on a text', () => {
  it('is stopped there, once, and nothing is said of other texts until its files change', async () => {
    const home = join(await hostileFolder(), 'step-1');
    const { split } = await loadSplitter(home, undefined);
    const before = split('a b', ' c');
    const start = performance.now();
    expect(split(LONG, ' x').failure?.code).toBe('tokenizer-stuck');
    expect(performance.now() - start).toBeGreaterThan(1900);
    expect(split(`${LONG}${LONG}`, ' x')).toEqual({});
    expect(split(LONG, ' x').failure?.code).toBe('tokenizer-stuck');
    expect(split('a b', ' c')).toEqual(before);

    await cp(join(FIXTURES, 'tokenizer.json'), join(home, 'tokenizer.json'));
    expect((await loadSplitter(home, undefined)).split(LONG, ' x')).toEqual({});
  });

  it('is told at one probe of a file, and the rest of the file is checked', async () => {
    const folder = await hostileFolder();
    const file = join(folder, 'x.probes.yaml');
    const probe = (prompt: string) => `      - { kind: semantic, prompt: ${prompt}, target: walnuts }\n`;
    const text =
      'version: 1\nruns:\n  - { id: s1, checkpoints: "step-{step}" }\nfacts:\n  - id: a\n    condition: control\n    probes:\n' +
      [probe(LONG), probe(`${LONG} and so on`), probe('Oil of walnuts and')].join('');
    await writeFile(file, text);
    const { problems } = await checkProbeFile(file);
    expect(problems.map(({ code }) => code)).toEqual(['target-in-prompt', 'not-scorable']);
    expect(problems[1]!.message).toMatch(
      /“s1”: The tokenizer was stopped after 2 s .*scoring would not come to/,
    );
  });
});

it("a prompt that is longer than the model's context is told by `check`, with the tokens that are cut", async () => {
  const folder = await temporaryFolder();
  const home = join(folder, 'step-1');
  await cp(join(FIXTURES, 'plain'), home, { recursive: true });
  await cp(join(FIXTURES, 'tokenizer.json'), join(home, 'tokenizer.json'));
  await writeFile(join(home, 'config.json'), JSON.stringify({ n_positions: 12 }));
  const file = join(folder, 'x.probes.yaml');
  const probe = (length: number) =>
    `      - { kind: semantic, prompt: "${'1 '.repeat(length).trim()}", target: z }\n`;
  // Each digit and each space is a token of this vocabulary, so is ` z` but for its space.
  await writeFile(
    file,
    'version: 1\nruns:\n  - { id: s1, checkpoints: "step-{step}" }\nfacts:\n  - id: a\n    condition: control\n    probes:\n' +
      probe(6) +
      probe(9),
  );
  const { problems } = await checkProbeFile(file);
  expect(problems.map(({ code }) => code)).toEqual(['prompt-cut']);
  expect(problems[0]!.message).toContain('looks at 12 tokens');
});
