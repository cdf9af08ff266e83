import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadTokenizer } from '../../../src/scoring/tokenizer/load';
import { tokenizeProbe } from '../../../src/scoring/tokenizer/probe';
import { FIXTURES, rejection, temporaryFolder } from '../helpers';

const END = { SpecialToken: { id: '<|endoftext|>', type_id: 0 } };
const TEXT = { Sequence: { id: 'A', type_id: 0 } };
const adds = (...single: readonly object[]) => ({ type: 'TemplateProcessing', single, pair: [] });

/** The fixtures' tokenizer, whose token 0 is `<|endoftext|>`, with another post-processor and a config. */
async function withConfig(post_processor: object | null, config?: object, special?: object) {
  const folder = await temporaryFolder();
  const definition = JSON.parse(await readFile(join(FIXTURES, 'tokenizer.json'), 'utf8')) as object;
  await writeFile(join(folder, 'tokenizer.json'), JSON.stringify({ ...definition, post_processor }));
  if (config !== undefined) await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify(config));
  if (special !== undefined)
    await writeFile(join(folder, 'special_tokens_map.json'), JSON.stringify(special));
  return loadTokenizer(folder);
}

const bos_token = '<|endoftext|>';

it.each([
  ['the post-processor, where nobody else says anything', adds(END, TEXT), undefined, [0]],
  ['none, where there is no post-processor', null, { bos_token }, []],
  ['what is appended is dropped', adds(TEXT, END), { bos_token }, []],
  ['appended and put before', adds(END, TEXT, END), {}, [0]],
  ['the config, where the post-processor adds none', null, { add_bos_token: true, bos_token }, [0]],
  ['the config, where the post-processor appends', adds(TEXT, END), { add_bos_token: true, bos_token }, [0]],
  ['both', adds(END, TEXT), { add_bos_token: true, bos_token }, [0]],
  ['the config, against the post-processor', adds(END, TEXT), { add_bos_token: false, bos_token }, []],
  ['a token written as an object', null, { add_bos_token: true, bos_token: { content: bos_token } }, [0]],
  ['no token named to be left out', adds(END, TEXT), { add_bos_token: false, bos_token: null }, [0]],
  ['no token named to be added', null, { add_bos_token: true }, []],
  ['an end of sequence that is asked for', null, { add_eos_token: true, eos_token: bos_token }, []],
])('beginning of a text: %s', async (_, processor, config, before) => {
  const tokenizer = await withConfig(processor, config);
  expect(tokenizer.before).toEqual(before);
  const { ids, firstTarget } = tokenizeProbe(tokenizer, 'The', ' moon');
  expect(ids.slice(0, before.length)).toEqual(before);
  const bare = tokenizeProbe(await withConfig(null), 'The', ' moon');
  expect(ids.slice(before.length)).toEqual(bare.ids);
  expect(firstTarget).toBe(bare.firstTarget + before.length);
});

it.each([
  ['where the config names none', { add_bos_token: true }, { bos_token }, [0]],
  [
    'written as an object',
    { add_bos_token: true, bos_token: null },
    { bos_token: { content: bos_token } },
    [0],
  ],
  ['not where the config names one', { add_bos_token: true, bos_token }, { bos_token: 'The' }, [0]],
  ['not where nobody asks for it', {}, { bos_token }, []],
  ['none there either', { add_bos_token: true }, { eos_token: bos_token }, []],
])('a token of special_tokens_map.json: %s', async (_, config, special, before) => {
  const tokenizer = await withConfig(null, config, special);
  expect(tokenizer.before).toEqual(before);
  const alone = await withConfig(null, config);
  // What scores stand on changes with the tokens, and only with them.
  expect(tokenizer.sha256 === alone.sha256).toBe(alone.before.join() === before.join());
});

it('stands before the target of an empty prompt, never in it', async () => {
  const tokenizer = await withConfig(null, { add_bos_token: true, bos_token });
  const { ids, firstTarget } = tokenizeProbe(tokenizer, '', 'The moon');
  expect(firstTarget).toBe(1);
  expect(ids[0]).toBe(0);
  expect(ids.slice(1)).not.toContain(0);
});

it('has a hash of its own where the config decides, since scores made without it stand on other tokens', async () => {
  const config = { add_bos_token: true, bos_token };
  const agreed = await withConfig(adds(END, TEXT), config);
  const decided = await withConfig(null, config);
  const copy = await withConfig(null, config);
  expect(copy.sha256).toBe(decided.sha256);
  expect(decided.sha256).not.toBe(agreed.sha256);
});

it.each([
  ['is not in the vocabulary', null, { add_bos_token: true, bos_token: '<begin>' }],
  [
    'is put before by a post-processor that the vocabulary does not know',
    adds({ SpecialToken: { id: '<s>' } }, TEXT),
    {},
  ],
])('is refused where it %s', async (_, processor, config) => {
  expect(await rejection(withConfig(processor, config))).toMatchObject({
    code: 'tokenizer-unreadable',
    message: expect.stringContaining('begins every text') as string,
  });
});

it('a post-processor that says a text twice is refused', async () => {
  expect(await rejection(withConfig(adds(TEXT, TEXT)))).toMatchObject({ code: 'tokenizer-unreadable' });
});

it('copies of a tokenizer are loaded once, and each says where it lies', async () => {
  const text = await readFile(join(FIXTURES, 'tokenizer.json'), 'utf8');
  const home = await temporaryFolder();
  const copies = await Promise.all(
    ['a', 'b'].map(async (name) => {
      const folder = join(home, name);
      await mkdir(folder);
      await writeFile(join(folder, 'tokenizer.json'), text);
      return folder;
    }),
  );
  const first = await loadTokenizer(copies[0]!);
  const second = await loadTokenizer(copies[1]!);
  expect(second.library).toBe(first.library);
  expect([first.file, second.file]).toEqual(copies.map((folder) => join(folder, 'tokenizer.json')));
  await writeFile(join(copies[1]!, 'tokenizer_config.json'), '{}');
  expect((await loadTokenizer(copies[1]!)).library).not.toBe(first.library);
});
