import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { pageDriver, type WebviewDriver } from './pageDriver';
import { copyExample, extension, open, until } from './workspace';

/** Pixels of the chart that are neither transparent nor of the commonest colour. */
const INK = `(() => {
  const canvas = document.querySelector('.chart canvas');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let ink = 0;
  for (let i = 3; i < data.length; i += 4) if (data[i] > 200) ink++;
  return ink;
})()`;
const HEADINGS = `[...document.querySelectorAll('h2')].map((element) => element.innerText)`;
const ROWS = `[...document.querySelectorAll('section > div > .scroll tbody tr')].map((row) => row.innerText)`;

describe('the panel in VS Code', () => {
  let file: vscode.Uri;
  let page: WebviewDriver;
  const driver = pageDriver();

  before(async function () {
    if (driver === undefined) return this.skip();
    await extension();
    await vscode.commands.executeCommand('notifications.clearAll');
    file = await copyExample();
    await open(file);
    const outcome = await vscode.commands.executeCommand('knowledgeProbes.scoreRun', file.toString(), {
      run: 's1',
    });
    assert.ok(outcome);
    page = driver.webview('#panel');
    return undefined;
  });
  it('draws the trajectories of a run, with the numbers beside them', async () => {
    await vscode.commands.executeCommand('knowledgeProbes.showTrajectories', file.toString(), { run: 's1' });
    await page.waitFor({ selector: '.chart canvas' }, 30_000);
    assert.deepEqual(await page.evaluate(HEADINGS), ['s1']);
    const rows = (await page.evaluate(ROWS)) as string[];
    for (const condition of ['paraphrase', 'duplication', 'once', 'control'])
      assert.ok(
        rows.some((row) => row.startsWith(`${condition} · memorization`)),
        condition,
      );
    assert.ok(((await page.evaluate(INK)) as number) > 2000);
    await driver!.screenshot('panel-trajectories.png');
  });

  it('leaves out of effectivity what lies beyond the fence of the setting, and says how much', async () => {
    const settings = vscode.workspace.getConfiguration('knowledgeProbes');
    const effectivity = async () => ((await page.evaluate(ROWS)) as string[]).join('\n');
    const before = await until('intervals', async () => {
      const rows = await effectivity();
      return rows.includes('[') && rows;
    });
    await settings.update('analysis.outlierFence', 0.5, true);
    try {
      await page.waitFor({ text: 'Left out: further than 0.5 interquartile ranges' }, 30_000);
      const fenced = await effectivity();
      assert.match(fenced, /^paraphrase · memorization\t6\t[^]*?\t[1-9]\d*\nparaphrase · semantic\t/);
      assert.notEqual(fenced.split('\t')[3], before.split('\t')[3]);
    } finally {
      await settings.update('analysis.outlierFence', undefined, true);
    }
    await until('the figures of before', async () => (await effectivity()) === before);
  });

  it('draws retention with its fits', async () => {
    await page.click({ text: 'Retention' });
    await page.waitFor({ text: 'Fit R = b' });
    const rows = (await page.evaluate(ROWS)) as string[];
    // Group, a, horizon in steps and tokens, R², b: numbers wherever there is a fit.
    assert.ok(
      rows.some((row) =>
        /^paraphrase · \w+\t−?\d\.\d{3}(\s\[\S+ \S+\])?\t[^\t]+\t[\d.kMB–]+\t\d\.\d\d\t−?\d\.\d\d\t/.test(
          row,
        ),
      ),
      rows.join('\n'),
    );
    assert.ok(((await page.evaluate(INK)) as number) > 1000);
    await driver!.screenshot('panel-retention.png');
  });

  it('turns to one fact from its lens, and shows it in the file at a click', async () => {
    const document = await open(file);
    const id = /^ {2}- id: (\S+)\n {4}condition/m.exec(document.getText())![1]!;
    await vscode.commands.executeCommand('knowledgeProbes.showTrajectories', file.toString(), { fact: id });
    await page.waitFor({ text: `${id} in s1` }, 30_000);
    await page.click({ selector: 'h2 button' });
    await until('the cursor at the fact', () => {
      const editor = vscode.window.activeTextEditor;
      return editor?.document === document && document.lineAt(editor.selection.active.line).text.includes(id);
    });
  });

  it('follows the theme', async () => {
    const settings = vscode.workspace.getConfiguration('workbench');
    for (const [theme, kind] of [
      ['Default Dark Modern', 'vscode-dark'],
      ['Default High Contrast', 'vscode-high-contrast'],
      ['Default Light Modern', 'vscode-light'],
    ] as const) {
      await settings.update('colorTheme', theme, true);
      await until(
        theme,
        () => page.evaluate(`document.body.classList.contains('${kind}')`) as Promise<boolean>,
      );
      const wanted = `getComputedStyle(document.documentElement).getPropertyValue('--vscode-charts-blue')`;
      await until(`${theme} in the canvas`, async () => {
        const [colour, found] = (await page.evaluate(`[${wanted}, ${pixelsOf(wanted)}]`)) as [string, number];
        return found > 40 ? colour : undefined;
      });
      await driver!.screenshot(`panel-${kind}.png`);
    }
    await settings.update('colorTheme', undefined, true);
  });

  it('says that nothing is scored, scores at a press of the button, and grows while scores come in', async () => {
    await vscode.commands.executeCommand('knowledgeProbes.showTrajectories', file.toString(), { run: 's2' });
    await page.waitFor({ text: 'Nothing has been scored here yet' }, 30_000);
    await page.click({ selector: '.notice button' });
    const checkpoints = `/(\\d+)(?: of \\d+)? checkpoints/.exec(document.querySelector('section .muted')?.innerText ?? '')?.[1]`;
    const seen = new Set<number>();
    await until('all 17 checkpoints', async () => {
      const steps = await page.evaluate(checkpoints);
      if (steps !== null && steps !== undefined) seen.add(Number(steps));
      return seen.has(17);
    });
    assert.ok(seen.size > 1, `seen: ${[...seen].join(', ')}`);
  });

  it('shows all runs at once; so it is left, for the reload', async () => {
    // With the arguments that a button in an editor's title passes.
    await open(file);
    await vscode.commands.executeCommand('knowledgeProbes.showRetention', file, { groupId: 0 });
    await page.waitFor({ selector: '[data-run="s1"] .chart canvas' }, 30_000);
    await page.waitFor({ text: 'Fit R = b' });
    assert.equal(await page.evaluate(`document.querySelector('label select').selectedIndex`), 0);
  });
});

/** How many pixels of the chart have the colour that an expression gives as #rrggbb. */
function pixelsOf(colour: string): string {
  return `(() => {
    const hex = parseInt((${colour}).trim().slice(1), 16);
    const canvas = document.querySelector('.chart canvas');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let found = 0;
    for (let i = 0; i < data.length; i += 4)
      if (data[i] === hex >> 16 && data[i + 1] === ((hex >> 8) & 255) && data[i + 2] === (hex & 255)) found++;
    return found;
  })()`;
}
