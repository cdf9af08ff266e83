import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cacheSizes, contextLength } from '../../src/scoring/context';
import { decodeModel } from '../../src/scoring/graph/proto';
import { graphPath } from './graph/graphs';
import { headOf, LARGER_THAN_KEPT, writeWithZeros, writeZeros } from './graph/large';
import { temporaryFolder } from './helpers';

async function sizesOf(config: unknown, model = 'model.onnx'): Promise<unknown> {
  const home = await temporaryFolder();
  await mkdir(join(home, 'tokenizer'));
  await writeFile(join(home, 'config.json'), JSON.stringify(config));
  return cacheSizes(join(home, model), join(home, 'tokenizer'));
}

describe('the sizes of caches', () => {
  it.each([
    // LLaMA 3, Gemma 2, Falcon 40B, GPT-2, a model of pictures and text: as their config.json have them.
    [
      { num_key_value_heads: 8, num_attention_heads: 32, hidden_size: 4096 },
      { heads: 8, size: 128 },
    ],
    [
      { num_key_value_heads: 4, num_attention_heads: 8, head_dim: 256, hidden_size: 2304 },
      { heads: 4, size: 256 },
    ],
    [
      { num_kv_heads: 8, num_attention_heads: 128, hidden_size: 8192 },
      { heads: 8, size: 64 },
    ],
    [
      { n_head: 12, n_embd: 768 },
      { heads: 12, size: 64 },
    ],
    [{ text_config: { num_attention_heads: 16, hidden_size: 1024 } }, { heads: 16, size: 64 }],
    [{ num_attention_heads: 'many' }, undefined],
  ])('%o', async (config, sizes) => {
    expect(await sizesOf(config)).toEqual(sizes);
  });

  it('are found above an onnx folder', async () => {
    expect(await sizesOf({ n_head: 2, n_embd: 8 }, 'onnx/model.onnx')).toEqual({ heads: 2, size: 4 });
  });
});

describe('the context', () => {
  it.each([
    ['matmul', 1024, 1024],
    ['matmul', undefined, undefined],
    ['fixed', 1024, 12],
    ['fixed', 8, 8],
    ['fixed', undefined, 12],
    ['two-rows', undefined, undefined],
  ])('of %s, whose config.json says %s, is %s tokens', async (graph, said, context) => {
    const home = await temporaryFolder();
    const model = join(home, 'model.onnx');
    await copyFile(graphPath(graph), model);
    if (said !== undefined) await writeFile(join(home, 'config.json'), JSON.stringify({ n_positions: said }));
    expect(await contextLength(model, home)).toBe(context);
  });

  it('is another once the model is another', async () => {
    const home = await temporaryFolder();
    const model = join(home, 'model.onnx');
    for (const [graph, context] of [
      ['fixed', 12],
      ['matmul', undefined],
      ['fixed', 12],
    ] as const) {
      await copyFile(graphPath(graph), model);
      expect(await contextLength(model, home)).toBe(context);
    }
  });

  it('of a file that is no model is what its config.json says', async () => {
    const home = await temporaryFolder();
    await writeFile(join(home, 'model.onnx'), 'nothing');
    await writeFile(join(home, 'config.json'), JSON.stringify({ n_ctx: 7 }));
    expect(await contextLength(join(home, 'model.onnx'), home)).toBe(7);
    await writeZeros(join(home, 'model.onnx'), 60 << 20);
    expect(await contextLength(join(home, 'model.onnx'), home)).toBe(7);
  });

  it('is told by a graph with something large in it, too', async () => {
    const model = join(await temporaryFolder(), 'model.onnx');
    const fixed = decodeModel(await readFile(graphPath('fixed')));
    await writeWithZeros(model, fixed, headOf(999, LARGER_THAN_KEPT), LARGER_THAN_KEPT);
    expect(await contextLength(model, dirname(model))).toBe(12);
  });
});
