import * as assert from 'node:assert/strict';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { pageDriver } from './pageDriver';
import { remove, until } from './workspace';

describe('after the window was reloaded', () => {
  it('the panel is back, shows what it showed, and has asked for its numbers itself', async () => {
    const driver = pageDriver()!;
    const tab = await until('the tab', () =>
      vscode.window.tabGroups.all
        .flatMap(({ tabs }) => tabs)
        .find(({ input }) => input instanceof vscode.TabInputWebview),
    );
    assert.equal(tab.label, 'facts');
    const page = driver.webview('#panel');
    await page.waitFor({ selector: '[data-run="s1"] .chart canvas' }, 60_000);
    await page.waitFor({ text: 'Fit R = b' });
    await driver.screenshot('panel-reloaded.png');
  });

  after(async () => {
    const editor = await until('the file beside it', () =>
      vscode.window.visibleTextEditors.find(({ document }) =>
        document.fileName.endsWith('facts.probes.yaml'),
      ),
    );
    const { uri } = editor.document;
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    if (path.basename(path.dirname(uri.fsPath)).startsWith('kp-test-')) await remove(uri);
  });
});
