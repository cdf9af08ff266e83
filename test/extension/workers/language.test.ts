import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { snapshot, type LanguageApi, type Span } from '../../../src/protocol/language';
import { small } from '../../core/probes/examples';
import { startWorker, type RunningWorker } from '../../worker';

const ROOT = resolve(import.meta.dirname, '../../..');
let dir: string;
let worker: RunningWorker<LanguageApi>;
let language: RunningWorker<LanguageApi>['api'];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'language-'));
  worker = await startWorker('src/extension/workers/language.ts');
  language = worker.api;
});
afterAll(async () => {
  await worker.stop();
  await rm(dir, { recursive: true, force: true });
});

const cut = (text: string, { start, end }: Span) => {
  const lines = text.split('\n');
  if (start.line === end.line) return lines[start.line]!.slice(start.character, end.character);
  return [
    lines[start.line]!.slice(start.character),
    ...lines.slice(start.line + 1, end.line),
    lines[end.line]!.slice(0, end.character),
  ].join('\n');
};

describe('the language worker', () => {
  test('answers with anchors whose spans are the text’s, and problems with fixes', async () => {
    const text = small('', '      - { kind: semantic, prompt: "é𝒳 made of ", target: t }\n');
    const found = (await snapshot(language, 'file:///a', 3, text, undefined))!;
    expect(found.version).toBe(3);
    expect(cut(text, found.head)).toBe('version');
    expect(found.runs.map(({ id, kind, selection }) => [id, kind, cut(text, selection)])).toEqual([
      ['s1', 'log', 's1'],
    ]);
    const [fact] = found.facts;
    expect([fact!.id, fact!.detail, cut(text, fact!.selection)]).toEqual(['cape', 'duplication', 'cape']);
    expect(cut(text, fact!.span)).toMatch(/^id: cape[^]*target: t }\n$/);
    expect(fact!.probes.map(({ id, detail, target }) => [id, detail, cut(text, target!)])).toEqual([
      ['memorization-1', 'walnuts', 'walnuts'],
      ['semantic-1', 't', 't'],
    ]);
    expect(
      found.problems.map(({ code, span, fixes }) => [code, cut(text, span), fixes[0]?.edits[0]?.text]),
    ).toEqual([['trailing-space', '"é𝒳 made of "', '"é𝒳 made of"']]);
  });

  test('of versions that come quickly answers only the newest', async () => {
    const versions = [1, 2, 3, 4, 5];
    const answers = await Promise.all(
      versions.map((version) =>
        language.analyze('file:///b', version, small().replace('cape', `cape${version}`), undefined),
      ),
    );
    // The first may have been begun before the others came.
    expect(answers.slice(1).map(({ version }) => version)).toEqual([5, 5, 5, 5]);
    expect(await language.facts('file:///b', 4, 0)).toBeUndefined();
    expect((await language.facts('file:///b', 5, 0))?.map(({ id }) => id)).toEqual(['cape5']);
    await language.close('file:///b');
    expect(await language.facts('file:///b', 5, 0)).toBeUndefined();
  });

  test('sees what stands beside the file: checkpoints, tokenizer, includes', async () => {
    const path = join(dir, 'x.probes.yaml');
    await cp(join(ROOT, 'examples/checkpoints/tokenizer.json'), join(dir, 'c/step-1/tokenizer.json'));
    await writeFile(join(dir, 'c/step-1/model.onnx'), 'x');
    const text = small('', '      - { kind: semantic, prompt: Oil of whale, join: "", target: s }\n')
      .replace('log: s1.scores', 'checkpoints: c/step-{step}')
      .replace('version: 1', 'version: 1\ninclude: [gone.yaml]');
    const { problems } = await language.analyze('file:///x', 1, text, path);
    expect(problems.map(({ code, span }) => [code, cut(text, span)])).toEqual([
      ['include-unreadable', 'gone.yaml'],
      ['border-token', 's'],
    ]);
    const moved = text.replace('c/step-{step}', 'd/step-{step}');
    const again = await language.analyze('file:///x', 2, moved, path);
    expect(again.problems.map(({ code }) => code)).toEqual(['include-unreadable', 'checkpoints-missing']);
  });

  test('offers what can be marked at a place, of the version analysed last only', async () => {
    const text = small();
    await language.analyze('file:///d', 1, text, undefined);
    const line = text.split('\n').findIndex((one) => one.includes('passage'));
    const character = text.split('\n')[line]!.indexOf('Vellorin');
    const at = { start: { line, character }, end: { line, character: character + 'Vellorin'.length } };
    const [probe, condition] = await language.annotations('file:///d', 1, at);
    expect(probe!.edits[0]!.text).toBe(
      '\n      - kind: memorization\n        prompt: The lighthouse at Cape\n        target: Vellorin',
    );
    expect(condition!.title).toMatch(/^Set the condition to/);
    expect(await language.annotations('file:///d', 2, at)).toEqual([]);
  });

  test('says nothing against the example', async () => {
    const path = join(ROOT, 'examples/invented-facts.probes.yaml');
    const { problems } = await language.analyze('file:///e', 1, await readFile(path, 'utf8'), path);
    expect(problems).toEqual([]);
  });

  test('lives through any text and sends no more problems than are shown', async () => {
    for (const text of ['', '\t', '['.repeat(50_000), '\u0000', 'a: *b', small().repeat(3)])
      expect((await language.analyze('file:///f', 1, text, undefined)).version).toBe(1);
    const many = `version: 1\nfacts:\n${'  - { id: a, colour: x }\n'.repeat(1500)}`;
    const { problems } = await language.analyze('file:///f', 2, many, undefined);
    expect(problems).toHaveLength(1000);
    expect(problems.every(({ severity }) => severity === 'error')).toBe(true);
  });
});
