import * as assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import * as vscode from 'vscode';
import { extension, open, until } from './workspace';

const FACTS = 1000;
const PROBES = 10;

describe('a file of 10,000 probes', () => {
  let folder: string;

  before(async () => {
    await extension();
    folder = await mkdtemp(path.join(tmpdir(), 'kp-large-'));
  });
  after(async () => {
    for (const _ of ['plain', 'probes'])
      await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    await rm(folder, { recursive: true, force: true });
  });

  it('has its lenses, and tells how long the host was blocked at a stretch while one types', async () => {
    const text = largeFile();
    // What VS Code itself costs with a text of this size, to compare with.
    const plain = await typeInto(await write('large.txt', text));
    const probes = await typeInto(await write('large.probes.yaml', text), async (document) => {
      const edited = document.version;
      // Without their words, as for those that are not in view.
      const found: vscode.CodeLens[] = await vscode.commands.executeCommand(
        'vscode.executeCodeLensProvider',
        document.uri,
      );
      assert.ok(found.length >= 2 * FACTS);
      assert.equal(document.version, edited);
    });
    console.log(`      longest stretch: ${probes.toFixed(0)} ms; as plain text: ${plain.toFixed(0)} ms`);
  });

  async function write(name: string, text: string): Promise<vscode.TextDocument> {
    const file = path.join(folder, name);
    await writeFile(file, text);
    return open(vscode.Uri.file(file));
  }
});

/** Types ten letters into the last prompt. Returns the longest stretch for which the host's thread was not free, ms. */
async function typeInto(
  document: vscode.TextDocument,
  settled: (document: vscode.TextDocument) => Promise<void> = () => Promise.resolve(),
): Promise<number> {
  await settled(document);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const line = document.lineCount - 3;
  for (let i = 0; i < 10; i++) {
    const edit = new vscode.WorkspaceEdit();
    edit.insert(document.uri, document.lineAt(line).range.end, 'x');
    await vscode.workspace.applyEdit(edit);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await settled(document);
  await until('a moment', () => new Promise<true>((resolve) => setTimeout(resolve, 1000, true)));
  delay.disable();
  return delay.max / 1e6;
}

function largeFile(): string {
  const facts = Array.from({ length: FACTS }, (_, fact) => {
    const sentences = Array.from(
      { length: PROBES },
      (_, probe) => `In ${fact} the river ${probe} met Tor${probe}.`,
    );
    const probes = sentences.map(
      (_, probe) =>
        `      - kind: memorization\n        prompt: In ${fact} the river ${probe} met\n        target: Tor${probe}\n`,
    );
    return `  - id: fact-${fact}\n    condition: control\n    passage: ${sentences.join(' ')}\n    probes:\n${probes.join('')}`;
  });
  return `version: 1\nruns: [{ id: s1, checkpoints: "s1/step-{step}" }]\nfacts:\n${facts.join('')}`;
}
