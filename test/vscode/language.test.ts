import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { pageDriver } from './pageDriver';
import { copyExample, extension, lenses, open, problems, remove, replace, until } from './workspace';

describe('a probe file in the editor', () => {
  let file: vscode.Uri;
  let document: vscode.TextDocument;

  before(async () => {
    await extension();
    file = await copyExample();
    document = await open(file);
  });
  after(async () => {
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    await remove(file);
  });

  it('has its own language and, as shipped, no errors', async () => {
    assert.equal(document.languageId, 'knowledge-probes');
    await lenses(document);
    const errors = problems(document).filter(({ severity }) => severity === vscode.DiagnosticSeverity.Error);
    assert.deepEqual(
      errors.map(({ message }) => message),
      [],
    );
  });

  it('shows runs, facts and probes in the outline', async () => {
    const symbols: vscode.DocumentSymbol[] = await vscode.commands.executeCommand(
      'vscode.executeDocumentSymbolProvider',
      file,
    );
    const runs = symbols.filter(({ kind }) => kind === vscode.SymbolKind.Event);
    const facts = symbols.filter(({ kind }) => kind === vscode.SymbolKind.Class);
    assert.deepEqual(
      runs.map(({ name }) => name),
      ['s1', 's2'],
    );
    assert.equal(facts.length, 24);
    assert.ok(facts.every(({ children }) => children.length >= 3));
  });

  it('has lenses at the file, its runs and its facts, which carry ids only', async () => {
    const found = await until('checkpoints in the lenses', async () => {
      const all = await lenses(document);
      return all.some(({ command }) => command?.title.includes('43 checkpoints')) && all;
    });
    const titles = found.map(({ command }) => command?.title);
    assert.equal(titles.filter((title) => title === '▶ Score all').length, 1);
    assert.equal(titles.filter((title) => title?.startsWith('▶ Score run (')).length, 2);
    assert.equal(titles.filter((title) => title === '▶ Score').length, 24);
    const fact = found.find(({ command }) => command?.title === '▶ Score')!.command!;
    assert.equal(fact.arguments?.[0], file.toString());
    assert.deepEqual(Object.keys(fact.arguments[1] as object), ['fact']);
  });

  it('offers nothing to score where all runs were measured elsewhere, or there are none', async () => {
    const facts = `facts:
  - id: moon
    passage: The moon is round.
    probes: [{ kind: memorization, prompt: The moon is, target: round }]
`;
    const titles = async (runs: string) => {
      const content = `version: 1\n${runs}${facts}`;
      const written = await vscode.workspace.openTextDocument({ language: 'knowledge-probes', content });
      return (await lenses(written)).map(({ command }) => command?.title).sort();
    };
    // Of the file, its run, and its fact.
    assert.deepEqual(await titles('runs: [{ id: one, log: one.scores }]\n'), [
      'Retention',
      'Retention',
      'Retention',
      'Trajectories',
      'Trajectories',
    ]);
    // Of the file and its fact: it is there for others to include.
    assert.deepEqual(await titles(''), ['Retention', 'Retention', 'Trajectories']);
  });

  it('looks as the picture shows', async function () {
    const driver = pageDriver();
    if (driver === undefined) return this.skip();
    await new Promise((resolve) => setTimeout(resolve, 2000));
    await driver.screenshot('editor.png');
    return undefined;
  });

  it('keeps its lenses and tells the place when it is broken, and forgets the problem when it is mended', async () => {
    const text = document.getText();
    const edit = new vscode.WorkspaceEdit();
    edit.insert(
      file,
      document.lineAt(document.lineCount - 1).range.end,
      '\n  - id: [unclosed\n    probes:\n',
    );
    await vscode.workspace.applyEdit(edit);
    await until('a problem', () => problems(document).length > 0);
    const titles = (await lenses(document)).map(({ command }) => command?.title);
    assert.equal(titles.filter((title) => title?.startsWith('▶ Score run')).length, 2);
    assert.ok(titles.filter((title) => title === '▶ Score').length >= 24);
    const whole = new vscode.Range(0, 0, document.lineCount, 0);
    const back = new vscode.WorkspaceEdit();
    back.replace(file, whole, text);
    await vscode.workspace.applyEdit(back);
    await until('no error', () =>
      problems(document).every(({ severity }) => severity !== vscode.DiagnosticSeverity.Error),
    );
  });

  it('underlines a trailing space in a prompt, and mends it by the quick fix', async () => {
    const line = /prompt: ([^\n'"]+)\n/.exec(document.getText())![1]!;
    await replace(document, `prompt: ${line}\n`, `prompt: "${line} "\n`);
    const problem = await until('the problem', () =>
      problems(document).find(({ code }) => typeof code === 'string' && code.includes('space')),
    );
    const actions: vscode.CodeAction[] = await vscode.commands.executeCommand(
      'vscode.executeCodeActionProvider',
      file,
      problem.range,
      vscode.CodeActionKind.QuickFix.value,
    );
    const fix = actions.find(({ isPreferred, edit }) => isPreferred === true && edit !== undefined);
    assert.ok(fix?.edit, 'a fix with an edit');
    await vscode.workspace.applyEdit(fix.edit);
    await until('the problem to go', () => !problems(document).some(({ code }) => code === problem.code));
    assert.ok(document.getText().includes(line));
    assert.ok(!document.getText().includes(`${line} "`));
  });

  it('works the same where the file is mapped to yaml, and reports nothing twice', async () => {
    await replace(document, 'runs:\n  - id: s1', 'runs:\n  - id: s2');
    await until('the double id', () => problems(document).some(({ code }) => code === 'duplicate-id'));
    const before = problems(document).map(({ message }) => message);
    document = await vscode.languages.setTextDocumentLanguage(document, 'yaml');
    await until('the same problems', () => problems(document).length === before.length);
    assert.deepEqual(
      problems(document).map(({ message }) => message),
      before,
    );
    assert.ok((await lenses(document)).length > 24);
  });

  it('leaves other YAML files alone', async () => {
    const path = vscode.Uri.joinPath(file, '..', 'other.yaml');
    await vscode.workspace.fs.writeFile(path, Buffer.from('runs: 3\n'));
    const other = await vscode.workspace.openTextDocument(path);
    assert.equal(other.languageId, 'yaml');
    assert.deepEqual(await lenses(other), []);
    assert.deepEqual(problems(other), []);
  });
});
