import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseProbeFile } from '../../src/core/probes/parse';
import { checkMeaning } from '../../src/core/probes/rules/table';

interface Snippet {
  readonly prefix: string | readonly string[];
  readonly description: string;
  readonly body: readonly string[];
}
const read = (name: string): unknown =>
  JSON.parse(readFileSync(resolve(import.meta.dirname, '../../syntaxes', name), 'utf8'));
const snippets = Object.entries(read('knowledge-probes.code-snippets') as Record<string, Snippet>);

/** What the editor inserts, with choice \`pick\` of every list of choices. */
function expanded({ body }: Snippet, pick: number): string {
  return body
    .join('\n')
    .replace(/\$\{\d+\|([^|]*)\|\}/g, (_, choices: string) => {
      const list = choices.split(',');
      return list[pick % list.length]!;
    })
    .replace(/\$\{\d+:((?:\\.|[^}\\])*)\}/g, (_, text: string) => text.replace(/\\(.)/g, '$1'))
    .replace(/\$0/g, '');
}

const indented = (text: string, by: number) => text.replace(/^(?=.)/gm, ' '.repeat(by));

/** A file in which the snippet stands where it is meant to. */
function placed(name: string, text: string): string {
  const run = 'runs:\n  - { id: r, log: x, injections: { every: 100, times: 2 } }\n';
  const fact = 'facts:\n  - id: other\n    condition: duplication\n    passage: A text.\n    probes:\n';
  if (name === 'Probe file') return text;
  if (name.startsWith('Run')) return `version: 1\nruns:\n${indented(text, 2)}`;
  if (/fact/i.test(name)) return `version: 1\n${run}facts:\n${indented(text, 2)}`;
  if (name === 'Expectation')
    return `version: 1\n${run}${fact}      - kind: semantic\n        prompt: p\n        target: t\n${indented(text, 8)}`;
  return `version: 1\n${run}${fact}${indented(text, 6)}`;
}

describe('snippets', () => {
  test.each(snippets)('%s: what is inserted is sound', (name, snippet) => {
    expect(snippet.description).not.toBe('');
    for (let pick = 0; pick < 4; pick++) {
      const text = placed(name, expanded(snippet, pick));
      expect(text).not.toMatch(/\$\{|\\/);
      const parsed = parseProbeFile(text);
      expect(parsed.problems).toEqual([]);
      // A sentence to be written over is in no passage, and a fact to be paraphrased has no paraphrases yet.
      const unwritten = pick > 0 || /[Pp]robe/.test(name) ? ['not-in-passage', 'paraphrases-missing'] : [];
      const found = checkMeaning(parsed).filter(({ code }) => !unwritten.includes(code));
      expect(found).toEqual([]);
      expect(parsed.file.runs.length + parsed.file.facts.length).toBeGreaterThan(0);
    }
  });

  test('there is one for the file, a run, a fact, and each kind of probe', () => {
    const prefixes = snippets.flatMap(([, { prefix }]) => prefix);
    for (const wanted of ['probes', 'run', 'fact', 'memorization', 'semantic', 'composition'])
      expect(prefixes).toContain(wanted);
  });
});

describe('the language configuration', () => {
  const configuration = read('language-configuration.json') as {
    comments: { lineComment: string };
    indentationRules: Record<string, string>;
    onEnterRules: { beforeText: string; action: { appendText: string } }[];
  };

  test('indents below keys that hold lists and texts, and not below values', () => {
    const increase = new RegExp(configuration.indentationRules['increaseIndentPattern']!);
    for (const line of ['facts:', '    probes: # all', '    passage: >-', '  - x-y:', '    passage: |'])
      expect(line).toMatch(increase);
    for (const line of [
      'version: 1',
      '    prompt: at 12:30 in',
      '# facts:',
      '      - kind: semantic',
      'a: "b:"',
      '',
    ])
      expect(line).not.toMatch(increase);
  });

  test('aligns the keys of a new item below its first', () => {
    const [rule] = configuration.onEnterRules;
    expect('      - kind: memorization').toMatch(new RegExp(rule!.beforeText));
    expect('      - id: a').toMatch(new RegExp(rule!.beforeText));
    expect('        prompt: x').not.toMatch(new RegExp(rule!.beforeText));
    expect(rule!.action.appendText).toBe('  ');
  });
});
