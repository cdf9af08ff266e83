import * as assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import * as vscode from 'vscode';

describe('the extension host', () => {
  it('activates the extension, and tells in how many milliseconds', async () => {
    const found = vscode.extensions.getExtension('knowledge-probes.knowledge-probes');
    assert.ok(found);
    const before = performance.now();
    const wasActive = found.isActive;
    await found.activate();
    const milliseconds = (performance.now() - before).toFixed(1);
    console.log(`      activation: ${wasActive ? 'before the tests' : `${milliseconds} ms`}`);
    assert.ok(found.isActive);
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
