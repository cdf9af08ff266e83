import * as assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { extension, ROOT } from './workspace';

describe('the extension host', () => {
  it('activates the extension, and tells in how many milliseconds', async () => {
    const { activationMs } = await extension();
    const bundle = path.join(ROOT, 'dist', 'extension.js');
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- as VS Code loads it; nothing of it runs before activate
    const load = () => void require(bundle);
    Reflect.deleteProperty(require.cache, require.resolve(bundle));
    const began = performance.now();
    load();
    const loadMs = performance.now() - began;
    console.log(`      load ${loadMs.toFixed(1)} ms, activate ${activationMs.toFixed(1)} ms`);
    assert.ok(activationMs > 0);
  });

  it('has every command that the manifest names', async () => {
    const manifest = vscode.extensions.getExtension('knowledge-probes.knowledge-probes')!.packageJSON as {
      contributes: { commands: { command: string }[] };
    };
    const known = new Set(await vscode.commands.getCommands(true));
    const missing = manifest.contributes.commands.filter(({ command }) => !known.has(command));
    assert.deepEqual(missing, []);
  });
});

/** What the process has mapped of ONNX Runtime's library; undefined where the system does not tell. */
export async function nativeLibraries(): Promise<string[] | undefined> {
  if (process.platform !== 'linux') return undefined;
  const maps = await readFile('/proc/self/maps', 'utf8');
  return maps.split('\n').filter((line) => line.includes('onnxruntime'));
}
