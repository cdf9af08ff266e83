import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import oniguruma from 'vscode-oniguruma';
import textmate from 'vscode-textmate';
import { beforeAll, describe, expect, test } from 'vitest';
import { DESIGN_EXAMPLE } from '../core/probes/examples';

const ROOT = resolve(import.meta.dirname, '../..');

/** The YAML grammars of the VS Codes that the tests have fetched. */
const yamlFolders = (existsSync(join(ROOT, '.vscode-test')) ? readdirSync(join(ROOT, '.vscode-test')) : [])
  .map((name) => join(ROOT, '.vscode-test', name, 'vscode/extensions/yaml/syntaxes'))
  .filter((folder) => existsSync(folder));

beforeAll(async () => {
  const wasm = createRequire(import.meta.url).resolve('vscode-oniguruma/release/onig.wasm');
  await oniguruma.loadWASM(readFileSync(wasm));
});

const ours = join(ROOT, 'syntaxes/knowledge-probes.tmLanguage.json');

/** Words with their scopes, as the editor colours them. */
async function tokens(text: string, yamlFolder: string, scopeName = 'source.knowledge-probes') {
  const files = new Map(
    readdirSync(yamlFolder).map((name) => {
      const raw = readFileSync(join(yamlFolder, name), 'utf8');
      return [(JSON.parse(raw) as { scopeName: string }).scopeName, raw];
    }),
  ).set('source.knowledge-probes', readFileSync(ours, 'utf8'));
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (sources) => new oniguruma.OnigScanner(sources),
      createOnigString: (source) => new oniguruma.OnigString(source),
    }),
    loadGrammar: (scope) => {
      const raw = files.get(scope);
      return Promise.resolve(raw === undefined ? null : textmate.parseRawGrammar(raw, `${scope}.json`));
    },
  });
  const grammar = (await registry.loadGrammar(scopeName))!;
  let state = textmate.INITIAL;
  return text.split('\n').flatMap((line) => {
    const { tokens: found, ruleStack } = grammar.tokenizeLine(line, state);
    state = ruleStack;
    return found.map(({ startIndex, endIndex, scopes }) => ({
      text: line.slice(startIndex, endIndex),
      scopes,
    }));
  });
}

if (yamlFolders.length === 0)
  test.skip('the grammar needs the YAML of a VS Code that `npm test` fetches', () => undefined);

describe.each(yamlFolders)('the grammar, over the YAML of %s', (folder) => {
  const own = async (text: string) =>
    (await tokens(text, folder))
      .map(({ text: word, scopes }) => [
        word.trim(),
        scopes
          .find((scope) => scope.endsWith('.knowledge-probes') && scope !== 'source.knowledge-probes')
          ?.replace('.knowledge-probes', ''),
      ])
      .filter(([, scope]) => scope !== undefined);

  test('marks kinds, conditions, ids and targets', async () => {
    const marked = await own(DESIGN_EXAMPLE);
    expect(marked).toContainEqual(['memorization', 'constant.language.kind']);
    expect(marked).toContainEqual(['paraphrase', 'constant.language.condition']);
    expect(marked).toContainEqual(['control', 'constant.language.condition']);
    expect(marked).toContainEqual(['small-s1', 'entity.name.function.id']);
    expect(marked).toContainEqual(['zorgon-government', 'entity.name.function.id']);
    expect(marked).toContainEqual(['Callisto', 'markup.bold.target']);
    expect(marked).toContainEqual(['facts', 'keyword.other.section']);
    expect(marked).toContainEqual(['prompt', 'support.type.property-name']);
  });

  test('marks nothing in passages, prompts, comments and targets that look like it', async () => {
    const text = `facts:
  - id: a
    passage: >-
      kind: semantic and condition: once
      target: y
    probes: # kind: semantic
      - { kind: semantic, prompt: once, target: control }
      - kind: semantic
        prompt: control
        target: "once"
`;
    expect(
      (await own(text)).map((pair) => pair.join(' ')).filter((pair) => !/property-name|section/.test(pair)),
    ).toEqual([
      'a entity.name.function.id',
      'semantic constant.language.kind',
      'control markup.bold.target',
      'semantic constant.language.kind',
      'once markup.bold.target',
    ]);
  });

  test('leaves YAML’s own scopes as they are', async () => {
    const flat = async (scope: string) => {
      const letters: string[] = [];
      for (const { text, scopes } of await tokens(DESIGN_EXAMPLE, folder, scope)) {
        const yaml = scopes.filter((name) => name.endsWith('.yaml') && !name.startsWith('source.')).join(' ');
        for (const letter of text) letters.push(`${letter} ${yaml}`);
      }
      return letters;
    };
    const yaml = await flat('source.yaml');
    const different = (await flat('source.knowledge-probes')).filter((letter, i) => letter !== yaml[i]);
    expect(different).toEqual([]);
  });
});
