import * as assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { readRun } from '../../src/disk/results/read';
import type { ScoringOutcome } from '../../src/protocol/scoring';
import { nativeLibraries } from './host.test';
import { pageDriver } from './pageDriver';
import { copyExample, extension, lenses, open, remove, replace, ROOT, until } from './workspace';

describe('scoring in the editor', () => {
  let file: vscode.Uri;
  let document: vscode.TextDocument;
  const results = () => path.join(path.dirname(file.fsPath), 'facts.scores');
  /** Presses the lens that a fact or run has. */
  const press = (command: string, ids: object) =>
    vscode.commands.executeCommand<ScoringOutcome | undefined>(
      `knowledgeProbes.${command}`,
      file.toString(),
      ids,
    );
  let fact: string;

  before(async () => {
    await extension();
    file = await copyExample();
    document = await open(file);
    const found = (await lenses(document)).find(({ command }) => command?.title === '▶ Score');
    ({ fact } = found!.command!.arguments![1] as { fact: string });
  });
  after(async () => {
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    await remove(file);
  });

  it('scores a fact at every checkpoint in a process of its own, and writes whole rows', async () => {
    const outcome = await press('scoreFact', { fact });
    assert.ok(outcome, 'an outcome');
    assert.deepEqual(outcome.failures, []);
    assert.ok(outcome.scored > 0);
    const { parts, problems } = await readRun(results(), 's1');
    assert.deepEqual(problems, []);
    const rows = parts.flatMap((part) => part.rows);
    assert.ok(rows.length > 0);
    assert.ok(rows.every((row) => row.fact === fact && row.run === 's1'));
    assert.ok(rows.every((row) => Number.isFinite(row.logprob_mean) && row.tokens.length === row.n_tokens));
    assert.equal(new Set(rows.map(({ step }) => step)).size, 43);
  });

  it('shows ℓ, change and rank beside the probes, their tokens in the hover, and R in the lens', async () => {
    const { decorations } = await extension();
    const shown = await until('results at the ends of lines', () => {
      const lines = decorations.of(document);
      return lines.length > 0 && lines;
    });
    assert.match(shown[0]!.text, /^ℓ −?\d+\.\d\d nats · Δ [+−]\d+\.\d\d · rank \d+ · s[12]$/);
    assert.ok(shown.every(({ stale }) => !stale));
    await picture(shown[0]!.line);
    const hovers: vscode.Hover[] = await vscode.commands.executeCommand(
      'vscode.executeHoverProvider',
      file,
      new vscode.Position(shown[0]!.line, 8),
    );
    const text = hovers
      .flatMap(({ contents }) => contents.map((part) => (part as vscode.MarkdownString).value))
      .join('\n');
    assert.match(text, /\| token \| probability \| rank \| best alternatives \|/);
    await until('R in the lens', async () =>
      (await lenses(document)).some(({ command }) =>
        /^Retention · R\(\S+\) −?\d\.\d\d$/.test(command?.title ?? ''),
      ),
    );
  });

  it('scores nothing twice, and only the probe whose target has changed', async () => {
    const again = await press('scoreFact', { fact });
    assert.equal(again?.scored, 0);
    const { decorations } = await extension();
    const { line } = decorations.of(document)[0]!;
    await replace(document, document.lineAt(line).text, `${document.lineAt(line).text}x`);
    await until('the result to turn grey', () => decorations.of(document).some(({ stale }) => stale));
    const changed = await press('scoreFact', { fact });
    assert.ok(changed && changed.scored > 0 && changed.scored < changed.reused, JSON.stringify(changed));
    await until('the result to be current', () => decorations.of(document).every(({ stale }) => !stale));
    await vscode.commands.executeCommand('workbench.action.files.revert');
  });

  it('clears the results from the editor, and brings them back with the next score', async () => {
    const { decorations } = await extension();
    await vscode.commands.executeCommand('knowledgeProbes.clearResults');
    assert.deepEqual(decorations.of(document), []);
  });

  it('survives the death of its scorers: nothing finished is lost, the rest is scored', async function () {
    if (process.platform !== 'linux') return this.skip();
    const facts = (await lenses(document)).flatMap(({ command }) =>
      command?.title === '▶ Score' ? [(command.arguments![1] as { fact: string }).fact] : [],
    );
    const running = press('scoreRun', { run: 's1' });
    const doomed = await until('a scorer at work', async () => {
      const { parts } = await readRun(results(), 's1', { tokens: false });
      const some = new Set(parts.flatMap((part) => part.rows).map((row) => row.fact)).size > 1;
      const scorers = some ? await scorerProcesses() : [];
      return scorers.length > 0 && scorers;
    });
    await pageDriver()?.screenshot('scoring.png');
    for (const pid of doomed) process.kill(pid, 'SIGKILL');
    const outcome = await running;
    assert.ok(outcome);
    assert.deepEqual(outcome.failures, []);
    const { parts, problems } = await readRun(results(), 's1', { tokens: false });
    assert.deepEqual(problems, []);
    const rows = parts.flatMap((part) => part.rows);
    assert.equal(new Set(rows.map((row) => row.fact)).size, facts.length);
    assert.ok((await scorerProcesses()).every((pid) => !doomed.includes(pid)));
  });

  it('answers a second click while it scores, without starting twice', async () => {
    const [first, second] = await Promise.all([
      press('scoreRun', { run: 's2' }),
      press('scoreRun', { run: 's2' }),
    ]);
    assert.ok(first);
    assert.equal(second, undefined);
  });

  it('stops when it is cancelled, and keeps what is done', async () => {
    await replace(
      document,
      document.getText(),
      document.getText().replaceAll(/target: (\w)/g, 'target: the $1'),
    );
    const running = press('scoreAll', {});
    await until('the first checkpoints', async () => {
      const { parts } = await readRun(results(), 's1', { tokens: false });
      return parts.some(({ rows }) => rows.some((row) => row.text.startsWith('the ')));
    });
    await vscode.commands.executeCommand('knowledgeProbes.cancelScoring');
    const outcome = await running;
    assert.equal(outcome?.cancelled, true);
    assert.ok(outcome.scored > 0);
    assert.deepEqual(outcome.failures, []);
    await vscode.commands.executeCommand('workbench.action.files.revert');
  });

  it('sees what another program scores', async () => {
    const { summaries } = await extension();
    await rm(results(), { recursive: true, force: true });
    await until('the results to go', () => summaries.of(document)?.probes.length === 0);
    const steps = ['--run', 's2', '--fact', fact, '--steps', '0,500'];
    const child = spawn(process.execPath, [
      path.join(ROOT, 'dist', 'cli', 'main.mjs'),
      'score',
      file.fsPath,
      ...steps,
    ]);
    await once(child, 'exit');
    const found = await until('results', () => {
      const probes = summaries.of(document)?.probes ?? [];
      return probes.length > 0 && probes;
    });
    assert.ok(found.every((probe) => probe.run === 's2' && probe.fact === fact && probe.step === 500));
  });

  it('says in the status that scoring failed, and forgets it with the next change of the file', async function () {
    const driver = pageDriver();
    if (driver === undefined) return this.skip();
    await vscode.window.showTextDocument(document);
    const isRed = async () =>
      (await driver.evaluate(
        `document.querySelector('.statusbar-item[id$="knowledgeProbes"]').classList.contains('error-kind')`,
      )) === true;
    await replace(document, 'checkpoints: checkpoints/s2/step-{step}', 'checkpoints: nowhere/step-{step}');
    await press('scoreRun', { run: 's2' });
    await until('the failure in the status', isRed);
    await vscode.commands.executeCommand('workbench.action.files.revert');
    await until('the status without it', async () => !(await isRed()));
    return undefined;
  });

  it('opens all settings, those of the machine included', async function () {
    const driver = pageDriver();
    if (driver === undefined) return this.skip();
    await vscode.commands.executeCommand('knowledgeProbes.openSettings');
    await driver.waitFor({ selector: '.settings-editor [aria-label*="scoring.nodePath"]' });
    await driver.screenshot('settings.png');
    await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
    await vscode.window.showTextDocument(document);
    return undefined;
  });

  it('names a model that is missing, and scores the rest', async () => {
    await replace(document, 'checkpoints: checkpoints/s2/step-{step}', 'checkpoints: nowhere/step-{step}');
    const outcome = await press('scoreRun', { run: 's2' });
    assert.equal(outcome?.failures.length, 1);
    assert.match(JSON.stringify(outcome.failures[0]), /nowhere/);
    await vscode.commands.executeCommand('workbench.action.files.revert');
  });

  it('says in plain words that runs measured elsewhere leave nothing to score, and that nothing failed', async function () {
    const driver = pageDriver();
    if (driver === undefined) return this.skip();
    await vscode.commands.executeCommand('notifications.clearAll');
    const measured = vscode.Uri.file(path.join(path.dirname(file.fsPath), 'logs.probes.yaml'));
    await writeFile(
      measured.fsPath,
      `version: 1
runs: [{ id: one, log: one.scores }]
facts:
  - id: moon
    passage: The moon is round.
    probes: [{ kind: memorization, prompt: The moon is, target: round }]
`,
    );
    await open(measured);
    assert.equal(await vscode.commands.executeCommand('knowledgeProbes.scoreAll'), undefined);
    await driver.waitFor({ text: 'were measured elsewhere (“log:”), so that there is nothing to score' });
    const item = `document.querySelector('.statusbar-item[id$="knowledgeProbes"]')`;
    // Until its language worker has read the new file, the item has no figures.
    await until('the run in the status', async () =>
      /^\s*one 0\/0$/.test((await driver.evaluate(`${item}.innerText`)) as string),
    );
    assert.equal(await driver.evaluate(`${item}.classList.contains('error-kind')`), false);
    assert.equal(
      await driver.evaluate(`document.querySelectorAll('.notification-list-item .codicon-error').length`),
      0,
    );
    await driver.screenshot('nothing-to-score.png');
    await vscode.commands.executeCommand('notifications.clearAll');
    await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
    return undefined;
  });

  it('has not loaded ONNX Runtime into the extension host', async function () {
    const libraries = await nativeLibraries();
    if (libraries === undefined) return this.skip();
    assert.deepEqual(libraries, []);
  });
});

/** Of a line with its result and hover. */
async function picture(line: number): Promise<void> {
  const editor = vscode.window.activeTextEditor!;
  const place = new vscode.Position(line, 12);
  editor.selection = new vscode.Selection(place, place);
  editor.revealRange(new vscode.Range(place, place), vscode.TextEditorRevealType.InCenter);
  await vscode.commands.executeCommand('editor.action.showHover');
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await pageDriver()?.screenshot('results.png');
}

/** Scorers among the processes below this one. */
async function scorerProcesses(): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const [command, stat] = await Promise.all(
        ['cmdline', 'stat'].map((name) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '')),
      );
      const parent = Number(/\) \S+ (\d+)/.exec(stat!)?.[1]);
      return command!.includes('scorer.js') && parent === process.pid ? [Number(pid)] : [];
    }),
  );
  return found.flat();
}
