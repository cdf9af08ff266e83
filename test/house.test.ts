import { ESLint } from 'eslint';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = new URL('..', import.meta.url).pathname;

/** Messages of the wall rule for one import, written into a file that is there. */
async function complaints(file: string, from: string): Promise<string[]> {
  const eslint = new ESLint({ cwd: ROOT, ruleFilter: ({ ruleId }) => ruleId === 'no-restricted-imports' });
  const [result] = await eslint.lintText(`import { x } from '${from}';\nexport const y = x;\n`, {
    filePath: join(ROOT, file),
  });
  return result!.messages.map(({ message }) => message);
}

describe('the walls of the house', () => {
  it.each([
    ['src/core/failure.ts', '../disk/checkpoints'],
    ['src/core/probes/model.ts', '../../protocol/rpc'],
    ['src/core/failure.ts', 'node:fs'],
    ['src/core/failure.ts', 'vscode'],
    ['src/protocol/rpc.ts', '../extension/config'],
    ['src/disk/hash.ts', '../scoring/job/pool'],
    ['src/disk/hash.ts', 'onnxruntime-node'],
    ['src/scoring/job/pool.ts', '../../extension/config'],
    ['src/scoring/job/pool.ts', '../../cli/output'],
    ['src/scoring/session/score.ts', '../checkpoint/rows'],
    ['src/scoring/session/score.ts', '../tokenizer/load'],
    ['src/scoring/checkpoint/rows.ts', '../job/plan'],
    ['src/scoring/job/pool.ts', '../checkpoint/checkpoint'],
    ['src/scoring/job/ahead.ts', '../graph/inputs'],
    ['src/scoring/job/pool.ts', 'onnxruntime-node'],
    ['src/scoring/check.ts', './session/session'],
    ['src/extension/config.ts', 'onnxruntime-node'],
    ['src/extension/workers/scoring.ts', '../../scoring/session/session'],
    ['src/extension/config.ts', '../webview/panel'],
    ['src/webview/panel.ts', '../disk/hash'],
    ['src/webview/panel.ts', 'node:path'],
    ['src/cli/output.ts', '../extension/config'],
  ])('%s may not import %s', async (file, from) => {
    expect(await complaints(file, from)).toHaveLength(1);
  });

  it.each([
    ['src/disk/hash.ts', '../core/failure'],
    ['src/scoring/job/pool.ts', '../../disk/hash'],
    ['src/scoring/session/session.ts', 'onnxruntime-node'],
    ['src/scoring/session/score.ts', '../graph/inputs'],
    ['src/scoring/checkpoint/rows.ts', '../session/score'],
    ['src/scoring/job/ahead.ts', '../graph/externalData'],
    ['src/scoring/check.ts', './tokenizer/split'],
    ['src/extension/config.ts', 'vscode'],
    ['src/webview/panel.ts', '../core/failure'],
    ['src/cli/output.ts', '../scoring/job/pool'],
  ])('%s may import %s', async (file, from) => {
    expect(await complaints(file, from)).toEqual([]);
  });

  it('stand around every room', async () => {
    const rooms = (await readdir(join(ROOT, 'src'), { withFileTypes: true })).filter((entry) =>
      entry.isDirectory(),
    );
    for (const { name } of rooms) {
      const [file] = (await readdir(join(ROOT, 'src', name))).filter((entry) => entry.endsWith('.ts'));
      const inside = file ?? 'probes/model.ts';
      expect(
        await complaints(`src/${name}/${inside}`, name === 'cli' ? '../webview/x' : '../cli/x'),
      ).toHaveLength(1);
    }
  });
});
