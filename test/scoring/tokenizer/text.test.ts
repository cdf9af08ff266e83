import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { contextLength } from '../../../src/scoring/context';
import { fitText } from '../../../src/scoring/tokenizer/text';
import { loadTokenizer } from '../../../src/scoring/tokenizer/load';
import { tokenizeProbe } from '../../../src/scoring/tokenizer/probe';
import { tokenizeOnce } from '../../../src/scoring/tokenizer/remember';
import { failureOf, FIXTURES, temporaryFolder } from '../helpers';
import { VOCABULARIES } from './vocabularies';

const PROMPT = 'The moons Ganymede and Callisto were the first, and';
const TARGET = ' the government sent';

describe('a text longer than the context', async () => {
  const llama2 = await loadTokenizer(VOCABULARIES.llama2);
  const gpt2 = await loadTokenizer(VOCABULARIES.gpt2);

  it.each([
    ['gpt2', gpt2],
    ['llama2', llama2],
  ])(
    '%s: loses its prompt from the left, keeps its beginning and every token of its target',
    (_, tokenizer) => {
      const whole = tokenizeProbe(tokenizer, PROMPT, TARGET);
      const begins = tokenizer.before.length;
      const target = whole.ids.slice(whole.firstTarget);
      let cuts = 0;
      for (let context = 1; context <= whole.ids.length + 1; context++) {
        const fit = () => fitText(tokenizer, context, PROMPT, TARGET);
        // The last token is only looked up; before the first something has to stand.
        if (context < begins + target.length - 1 || context < target.length) {
          expect(failureOf(fit).code).toBe('target-too-long');
          continue;
        }
        const { ids, firstTarget, cut } = fit();
        expect(ids.slice(firstTarget)).toEqual(target);
        expect(ids.slice(0, begins)).toEqual(tokenizer.before);
        expect(ids.slice(begins, firstTarget)).toEqual(whole.ids.slice(begins + cut, whole.firstTarget));
        expect(ids.length).toBe(Math.min(whole.ids.length, context + 1));
        expect(cut).toBe(whole.ids.length - ids.length);
        if (cut > 0) cuts++;
      }
      expect(cuts).toBeGreaterThan(5);
    },
  );

  it('is left alone where nobody knows the context', () => {
    expect(fitText(gpt2, undefined, PROMPT.repeat(100), TARGET).cut).toBe(0);
  });
});

describe('a text that was tokenized before', async () => {
  const tokenizer = await loadTokenizer(FIXTURES);

  it('is the same, and not another whose prompt and target meet elsewhere', () => {
    const first = tokenizeOnce(tokenizer, 'The moon', 's of');
    expect(tokenizeOnce(tokenizer, 'The moon', 's of')).toBe(first);
    expect(tokenizeOnce(tokenizer, 'The moons', ' of')).toEqual(tokenizeProbe(tokenizer, 'The moons', ' of'));
    expect(first).toEqual(tokenizeProbe(tokenizer, 'The moon', 's of'));
  });

  it('is kept while there is room', () => {
    const texts = Array.from({ length: 50 }, (_, i) => ` moons ${i}`);
    const split = () => texts.map((text) => tokenizeOnce(tokenizer, 'The', text, 100));
    const [first, again] = [split(), split()];
    expect(again).toEqual(first);
    const kept = first.filter((probe, i) => probe === again[i]);
    expect(kept.length).toBeGreaterThan(5);
    expect(kept.reduce((sum, { ids }) => sum + ids.length, 0)).toBeLessThanOrEqual(100);
  });
});

describe('the context of a model', () => {
  async function lengthOf(files: Readonly<Record<string, unknown>>, model = 'model.onnx') {
    const home = await temporaryFolder();
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(home, name)), { recursive: true });
      await writeFile(join(home, name), typeof content === 'string' ? content : JSON.stringify(content));
    }
    return contextLength(join(home, model), join(home, 'tokenizer'));
  }

  it.each([
    ['LLaMA', { 'config.json': { max_position_embeddings: 4096 } }, 4096],
    ['GPT-2', { 'config.json': { n_positions: 1024, n_ctx: 512 } }, 1024],
    ['MPT', { 'config.json': { max_seq_len: 2048 } }, 2048],
    ['ChatGLM', { 'config.json': { seq_length: 8192 } }, 8192],
    ['Gemma 3', { 'config.json': { text_config: { max_position_embeddings: 131072 } } }, 131072],
    ['a tokenizer’s folder', { 'tokenizer/config.json': { n_ctx: 77 } }, 77],
    ['nobody', {}, undefined],
    [
      'nonsense',
      { 'config.json': { n_ctx: -3, max_position_embeddings: '4096', text_config: [] } },
      undefined,
    ],
    ['a broken file', { 'config.json': '{' }, undefined],
  ])('is told by %s', async (_, files, length) => {
    expect(await lengthOf(files)).toBe(length);
  });

  it('is told above the onnx/ folder', async () => {
    expect(await lengthOf({ 'config.json': { n_ctx: 5 }, 'onnx/x': '' }, 'onnx/model.onnx')).toBe(5);
  });
});
