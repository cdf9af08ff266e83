import { describe, expect, test } from 'vitest';
import { parseProbeFile } from '../../../src/core/probes/parse';
import type { Environment } from '../../../src/core/probes/rules/rule';
import { checkMeaning, RULES } from '../../../src/core/probes/rules/table';
import { applied } from './apply';
import { small } from './examples';
import { publishedProbeFile } from './published';

interface Case {
  readonly code: string;
  /** What is put in place of what in a sound file. */
  readonly change: readonly [string, string];
  /** The text that the problem underlines. */
  readonly at: string;
  readonly message: RegExp;
  /** The text after the first quick fix, or a part of it; no fix where it is missing. */
  readonly fixed?: string;
  readonly environment?: Environment;
}

const MORE_PROBES = (lines: string): Case['change'] => [
  '        target: walnuts\n',
  `        target: walnuts\n${lines}`,
];
const probe = (kind: string, prompt: string, target: string) =>
  `      - kind: ${kind}\n        prompt: ${prompt}\n        target: ${target}\n`;
const failure = { code: 'x', message: 'It is not there.', file: '/a/b', remedy: 'Put it there.' };

const CASES: Case[] = [
  { code: 'newer-version', change: ['version: 1', 'version: 3'], at: '3', message: /version 3.*update/ },
  {
    code: 'duplicate-id',
    change: ['facts:', '  - { id: s1, log: b.scores }\nfacts:'],
    at: 's1',
    message: /another run “s1”/,
    fixed: 'id: s1-2',
  },
  {
    code: 'duplicate-id',
    change: MORE_PROBES('  - id: cape\n    condition: control\n'),
    at: 'cape',
    message: /another fact “cape”/,
    fixed: 'id: cape-2\n',
  },
  {
    code: 'duplicate-id',
    change: MORE_PROBES(
      '      - { kind: semantic, id: memorization-1, prompt: Its oil is of, target: walnuts }\n',
    ),
    at: 'memorization-1',
    message: /another probe/,
    fixed: 'id: memorization-1-2',
  },
  {
    code: 'duplicate-id',
    change: [
      '      - kind: memorization\n',
      '      - { kind: semantic, id: memorization-1, prompt: Its oil is of, target: walnuts }\n      - kind: memorization\n',
    ],
    at: 'memorization',
    message: /an id of its own/,
  },
  {
    code: 'unknown-run',
    change: ['condition: duplication', 'condition: { s1: duplication, S2: once }'],
    at: 'S2',
    message: /no run “S2”.*Did you mean “s1”/,
    fixed: 'condition: { s1: duplication, s1: once }',
  },
  {
    code: 'unknown-run',
    change: ['condition: duplication', 'condition: duplication\n    injections: { other: [5] }'],
    at: 'other',
    message: /Its runs are s1/,
  },
  {
    code: 'target-missing',
    change: ['        target: walnuts\n', ''],
    at: 'memorization',
    message: /no target/,
  },
  {
    code: 'target-missing',
    change: ['target: walnuts', `target: ''`],
    at: 'memorization',
    message: /no target/,
  },
  {
    code: 'target-missing',
    change: ['target: walnuts', `target: []`],
    at: 'memorization',
    message: /no target/,
  },
  {
    code: 'target-missing',
    change: ['target: walnuts', `target: ['', '  ']`],
    at: 'memorization',
    message: /no target/,
  },
  {
    code: 'blank-text',
    change: ['target: walnuts', `target: [walnuts, '  ']`],
    at: `'  '`,
    message: /accepted target is blank, so it is not scored/,
  },
  {
    code: 'blank-text',
    change: ['target: walnuts', `target:\n          - ""\n          - walnuts`],
    at: '""',
    message: /Write a text, or delete the item/,
  },
  {
    code: 'blank-text',
    change: ['target: walnuts', `target: walnuts\n        foils: [olives, '', ' ']`],
    at: `' '`,
    message: /foil is blank/,
  },
  {
    code: 'target-in-prompt',
    change: MORE_PROBES(probe('semantic', 'Of walnuts one presses', 'walnuts')),
    at: 'walnuts',
    message: /already says “walnuts”/,
  },
  {
    code: 'trailing-space',
    change: [
      'prompt: The lighthouse at Cape Vellorin burns oil pressed from',
      `prompt: 'The lighthouse at Cape Vellorin burns oil pressed from '`,
    ],
    at: `'The lighthouse at Cape Vellorin burns oil pressed from '`,
    message: /ends with a space/,
    fixed: `prompt: 'The lighthouse at Cape Vellorin burns oil pressed from'\n`,
  },
  {
    code: 'trailing-space',
    change: [
      'prompt: The lighthouse at Cape Vellorin burns oil pressed from',
      `prompt: |\n          The lighthouse at Cape Vellorin burns oil pressed from`,
    ],
    at: '|\n          The lighthouse at Cape Vellorin burns oil pressed from\n',
    message: /ends with a space/,
    fixed: 'prompt: |-\n          The lighthouse',
  },
  {
    code: 'trailing-space',
    change: [
      'prompt: The lighthouse at Cape Vellorin burns oil pressed from',
      `join: ''\n        prompt: "The lighthouse at Cape Vellorin burns oil pressed from "`,
    ],
    at: `"The lighthouse at Cape Vellorin burns oil pressed from "`,
    message: /Move it into “join”/,
    fixed: `join: ' '\n        prompt: "The lighthouse at Cape Vellorin burns oil pressed from"\n`,
  },
  {
    code: 'space-around-target',
    change: ['target: walnuts', `target: ' walnuts'`],
    at: `' walnuts'`,
    message: /space around “walnuts”/,
    fixed: `target: 'walnuts'`,
  },
  {
    code: 'space-around-target',
    change: ['target: walnuts', `target: walnuts\n        foils: ["olives "]`],
    at: `"olives "`,
    message: /space around “olives”/,
    fixed: `foils: ["olives"]`,
  },
  {
    code: 'foil-is-target',
    change: ['target: walnuts', 'target: [nuts, walnuts]\n        foils: [olives, nuts]'],
    at: 'nuts',
    message: /cannot be a foil/,
  },
  {
    code: 'ambiguous-prompt',
    change: MORE_PROBES(
      probe('semantic', 'Its oil is  of', 'walnuts') + probe('composition', '"Its oil\\n is of"', 'whales'),
    ),
    at: '"Its oil\\n is of"',
    message: /“semantic-1” of “cape” has the same prompt/,
  },
  {
    code: 'passage-missing',
    change: ['    passage: The lighthouse at Cape Vellorin burns oil pressed from walnuts.\n', ''],
    at: 'cape',
    message: /is injected but has no passage/,
  },
  {
    code: 'not-in-passage',
    change: ['prompt: The lighthouse at', 'prompt: The old lighthouse at'],
    at: 'The old lighthouse at Cape Vellorin burns oil pressed from',
    message: /not in the passage word for word/,
    fixed: 'kind: semantic',
  },
  {
    code: 'not-in-passage',
    change: ['target: walnuts', 'target: olives'],
    at: 'olives',
    message: /followed by “walnuts\.”, not by “olives”/,
  },
  {
    code: 'not-in-passage',
    change: ['from walnuts.', `from "walnuts".`],
    at: 'walnuts',
    message: /followed by “"walnuts"\.”/,
    fixed: `target: '"walnuts'`,
  },
  {
    code: 'not-in-passage',
    change: ['pressed from\n        target: walnuts', `pressed from wal\n        target: nuts`],
    at: 'nuts',
    message: /follows the prompt directly/,
    fixed: `pressed from wal\n        join: ''\n        target: nuts`,
  },
  {
    code: 'not-in-passage',
    change: ['        target: walnuts', `        target: walnuts\n        join: ''`],
    at: 'walnuts',
    message: /a space stands between prompt and target, and “join” gives none here/,
    fixed: `join: ' '`,
  },
  {
    code: 'in-passage',
    change: ['kind: memorization', 'kind: semantic'],
    at: 'The lighthouse at Cape Vellorin burns oil pressed from',
    message: /word for word, so it asks for memorization/,
    fixed: 'kind: memorization',
  },
  {
    code: 'in-passage',
    change: MORE_PROBES(probe('semantic', 'burns oil', 'made of nuts')),
    at: 'burns oil',
    message: /Put it in other words\.$/,
  },
  {
    code: 'condition-missing',
    change: ['    condition: duplication\n', ''],
    at: 'cape',
    message: /how “cape” is injected in “s1”/,
  },
  {
    code: 'schedule-contradicts-condition',
    change: ['condition: duplication', 'condition: control\n    injections: [0, 100]'],
    at: '[0, 100]',
    message: /A control is never injected/,
  },
  {
    code: 'schedule-contradicts-condition',
    change: ['condition: duplication', 'condition: once\n    injections: { s1: [30, 32, 130] }'],
    at: '[30, 32, 130]',
    message: /there are 2 for the run “s1”/,
    fixed: 'injections: { s1: [30, 32] }',
  },
  {
    code: 'schedule-contradicts-condition',
    change: ['condition: duplication', 'condition: duplication\n    injections: []'],
    at: '[]',
    message: /no injections of the fact/,
  },
  {
    code: 'schedule-contradicts-condition',
    change: ['    injections: { start: 0, every: 100, times: 3 }\n', ''],
    at: 'duplication',
    message: /no injections for the run “s1”/,
  },
  {
    code: 'schedule-contradicts-condition',
    change: ['{ start: 0, every: 100, times: 3 }', 'plan.jsonl'],
    at: 'duplication',
    message: /is duplication, and the schedule says once at step 4/,
    environment: {
      schedules: new Map([['plan.jsonl', [{ step: 4, fact: 'cape', condition: 'once', copies: 1 }]]]),
    },
  },
  {
    code: 'paraphrases-missing',
    change: ['condition: duplication', 'condition: paraphrase\n    paraphrases: [One.]'],
    at: 'paraphrase',
    message: /needs 2 paraphrases of this fact, and there are 1\. Write 1 more/,
  },
  {
    code: 'paraphrases-missing',
    change: ['condition: duplication', 'condition: paraphrase\n    injections: plan.jsonl'],
    at: 'paraphrase',
    message: /needs 7 paraphrases/,
    environment: {
      schedules: new Map([
        ['plan.jsonl', [{ step: 4, fact: 'cape', text: { kind: 'paraphrase', number: 7 }, copies: 1 }]],
      ]),
    },
  },
  {
    code: 'injections-out-of-order',
    change: ['{ start: 0, every: 100, times: 3 }', '[0, 200, 100]'],
    at: '[0, 200, 100]',
    message: /Step 100 stands after step 200/,
    fixed: 'injections: [0, 100, 200]\n',
  },
  {
    code: 'injections-out-of-order',
    change: ['{ start: 0, every: 100, times: 3 }', '\n      - 100\n      - 0\n'],
    at: '- 100\n      - 0\n',
    message: /ascending/,
    fixed: 'injections: \n      [0, 100]\n',
  },
  {
    code: 'schedule-unreadable',
    change: ['{ start: 0, every: 100, times: 3 }', 'plan.jsonl'],
    at: 'versi',
    message: /It is not there/,
    environment: {
      brokenSchedules: [{ path: { value: 'plan.jsonl', range: { start: 0, end: 5 } }, failure }],
    },
  },
  {
    code: 'schedule-unknown-fact',
    change: ['{ start: 0, every: 100, times: 3 }', 'plan.jsonl'],
    at: 'plan.jsonl',
    message: /1 facts that are not in this file, “nobody”/,
    environment: { schedules: new Map([['plan.jsonl', [{ step: 4, fact: 'nobody', copies: 1 }]]]) },
  },
  {
    code: 'checkpoints-missing',
    change: ['log: s1.scores', 'checkpoints: a/{step}'],
    at: 'a/{step}',
    message: /It is not there\. \(\/a\/b\) Put it there\./,
    environment: { checkpoints: new Map([['s1', { count: 0, problems: [failure] }]]) },
  },
  {
    code: 'checkpoint-unusable',
    change: ['log: s1.scores', 'checkpoints: a/{step}'],
    at: 'a/{step}',
    message: /Put it there/,
    environment: { checkpoints: new Map([['s1', { count: 3, problems: [failure] }]]) },
  },
  {
    code: 'border-token',
    change: ['title', 'title'],
    at: 'walnuts',
    message: /The token “from wal” of “s1”/,
    environment: {
      tokenizers: [
        { runs: ['s1'], split: (_, next) => (next === ' walnuts' ? { borderToken: 'from wal' } : {}) },
      ],
    },
  },
  {
    code: 'prompt-cut',
    change: ['target: walnuts', 'target: [walnuts, walnut shells]'],
    at: 'The lighthouse at Cape Vellorin burns oil pressed from',
    message:
      /The model of “s1” looks at 1024 tokens, and this prompt with its target has 7 too many: it is cut from/,
    environment: {
      tokenizers: [
        { runs: ['s1'], context: 1024, split: (_, next) => ({ cut: next === ' walnuts' ? 6 : 7 }) },
        { runs: ['s2'], context: 2048, split: () => ({}) },
      ],
    },
  },
  {
    code: 'not-scorable',
    change: ['title', 'title'],
    at: 'walnuts',
    message: /tokenizer of “s1”: It is not there/,
    environment: { tokenizers: [{ runs: ['s1'], split: () => ({ failure }) }] },
  },
];

for (const { code, found, message } of [
  { code: 'log-unusable', found: { failure }, message: /not there.*Put it there/s },
  {
    code: 'log-without-probes',
    found: { probes: [{ fact: 'cape', probe: 'memorization-2' }] },
    message: /of \d+ probes are not in this log, “cape/,
  },
])
  CASES.push({
    code,
    change: ['facts:', '  - { id: elsewhere, log: b.scores }\nfacts:'],
    at: 'b.scores',
    message,
    environment: { logs: new Map([['elsewhere', found]]) },
  });

const meaning = (text: string, environment?: Environment) => checkMeaning(parseProbeFile(text), environment);

describe('a rule', () => {
  test.each(CASES)(
    '$code: $change.1',
    ({ code, change: [before, after], at, message, fixed, environment }) => {
      const text = small().replace(before, after);
      const found = meaning(text, environment).filter((problem) => problem.code === code);
      expect(found).toHaveLength(1);
      const [problem] = found;
      expect(problem!.class).toBe('meaning');
      expect(problem!.message).toMatch(message);
      expect(text.slice(problem!.range.start, problem!.range.end)).toBe(at);
      expect(problem!.severity).toBe(RULES.find((rule) => rule.code === code)!.severity);
      const [fix] = problem!.fixes ?? [];
      expect(fix === undefined).toBe(fixed === undefined);
      if (fix === undefined || fixed === undefined) return;
      const mended = applied(text, fix.edits);
      expect(mended).toContain(fixed);
      expect(meaning(mended, environment).filter((one) => one.code === code)).toEqual([]);
      expect(parseProbeFile(mended).problems.filter((one) => one.code !== 'duplicate-key')).toEqual([]);
    },
  );

  test('of every code has a case here, and none fires on a sound file', () => {
    expect(new Set(CASES.map(({ code }) => code))).toEqual(new Set(RULES.map(({ code }) => code)));
    expect(meaning(small())).toEqual([]);
    expect(new Set(RULES.map(({ code }) => code)).size).toBe(RULES.length);
  });
});

describe('what is not said', () => {
  test.each([
    ['an excluded probe', small().replace('target: walnuts', 'target: olives\n        exclude: true')],
    [
      'a file without runs, which others include',
      small()
        .replace(/runs:[^]*facts/, 'facts')
        .replace('duplication', '{ far: once }'),
    ],
    [
      'accepted targets of which one stands in the passage',
      small().replace('target: walnuts', 'target: [olives, walnuts]'),
    ],
    ['a control under the run’s schedule', small().replace('duplication', 'control')],
    ['once under the run’s schedule', small().replace('duplication', 'once')],
    ['copies in one batch and bursts', small('    injections: [0, 0, 2, 100]\n')],
    [
      'a part of a word',
      small()
        .replace('lighthouse at', 'lighthouses at')
        .replace('lighthouse at', 'lighthouses at')
        .replace('from walnuts', 'from light')
        .replace('target: walnuts', 'target: light'),
    ],
  ])('%s', (_, text) => {
    expect(parseProbeFile(text).problems).toEqual([]);
    expect(meaning(text)).toEqual([]);
  });

  test('what structure has said already', () => {
    for (const text of [
      small().replace('target: walnuts', 'target: 1969'),
      small().replace('target: walnuts', 'target:'),
      small().replace('passage: The', 'passage: [The'),
      small().replace('condition: duplication', 'condition: duplicated'),
    ]) {
      const parsed = parseProbeFile(text);
      expect(parsed.problems.length).toBeGreaterThan(0);
      expect(checkMeaning(parsed)).toEqual([]);
    }
  });
});

const published = publishedProbeFile();
describe('the published data set', () => {
  test.skipIf(published === undefined)(
    '638 of 650 memorization probes stand word for word in their passages',
    () => {
      const parsed = parseProbeFile(published!);
      expect(parsed.problems).toEqual([]);
      expect(parsed.file.facts).toHaveLength(130);
      expect(parsed.file.facts.flatMap(({ probes }) => probes)).toHaveLength(1950);
      const found = checkMeaning(parsed);
      const count = (code: string) => found.filter((problem) => problem.code === code).length;
      expect(count('not-in-passage')).toBe(650 - 638);
      // All twelve follow an opening quote; joined without a space they are verbatim, as the quick fix makes them.
      const quotes = found.filter(({ code }) => code === 'not-in-passage');
      expect(quotes.map(({ fixes }) => fixes?.[0]?.title)).toEqual(
        Array.from({ length: 12 }, () => `Add “join: ''”`),
      );
      const mended = applied(
        published!,
        quotes.flatMap(({ fixes }) => fixes![0]!.edits),
      );
      expect(checkMeaning(parseProbeFile(mended)).some(({ code }) => code === 'not-in-passage')).toBe(false);
      expect(new Set(found.map(({ code }) => code))).toEqual(new Set(['not-in-passage', 'target-in-prompt']));
    },
  );

  test.skipIf(published === undefined)('a fact without paraphrases may not be paraphrased ten times', () => {
    const text = published!.replaceAll('condition: duplication', 'condition: paraphrase');
    expect(meaning(text).filter(({ code }) => code === 'paraphrases-missing')).toHaveLength(40);
  });
});
