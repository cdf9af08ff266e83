import fc from 'fast-check';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FailureError } from '../../../src/core/failure';
import { parseDataset, withParaphrases, type DatasetFact } from '../../../src/core/probes/dataset';
import { datasetFactId, datasetProbeFile, paperCondition } from '../../../src/core/probes/datasetText';
import { PROBE_KINDS } from '../../../src/core/probes/model';
import { parseProbeFile } from '../../../src/core/probes/parse';
import { checkMeaning } from '../../../src/core/probes/rules/table';

const DATA = resolve(import.meta.dirname, '../../../../shared/data');
const published = (name: string) => {
  const file = resolve(DATA, name);
  return parseDataset(readFileSync(file, 'utf8'), file);
};

/** The facts as they come back from a probe file. */
function readBack(text: string): DatasetFact[] {
  const { file, problems } = parseProbeFile(text);
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  return file.facts.map(({ passage, paraphrases, probes }) => ({
    passage: passage!.value,
    paraphrases: paraphrases.map(({ value }) => value),
    probes: probes.map(({ kind, prompt, targets }) => ({
      kind,
      prompt: prompt.value,
      target: targets[0]!.value,
    })),
  }));
}

const record = {
  train_context: 'A was B.',
  mem_input: ['A was'],
  mem_target: ['B.'],
  gen_input: ['What A was is'],
  gen_target: ['B.'],
  hard_gen_input: [],
  hard_gen_target: [],
};

describe.skipIf(!existsSync(DATA))('the published data set (skipped without shared/data)', () => {
  const facts = withParaphrases(
    published('fictional_knowledge.json'),
    published('fictional_knowledge_paraphrased.json'),
    'fictional_knowledge_paraphrased.json',
  );
  const text = datasetProbeFile(facts, {
    conditions: 'paper',
    run: { id: 'paper-7b', log: 'paper-7b.scores' },
  });

  test('every text of all 130 facts comes back to the letter', () => {
    expect(facts).toHaveLength(130);
    expect(facts.flatMap(({ probes }) => probes)).toHaveLength(1950);
    expect(readBack(text)).toEqual(facts);
    expect(facts.map(({ paraphrases }) => paraphrases.length)).toEqual([
      ...Array<number>(40).fill(9),
      ...Array<number>(90).fill(0),
    ]);
  });

  test('ids, conditions and the run are the paper’s', () => {
    const { file } = parseProbeFile(text);
    expect(file.facts.map(({ id }) => id.value).slice(0, 2)).toEqual(['fact-000', 'fact-001']);
    expect(file.facts.at(-1)!.id.value).toBe('fact-129');
    for (const [border, condition] of [
      [39, 'paraphrase'],
      [40, 'duplication'],
      [79, 'duplication'],
      [80, 'once'],
      [119, 'once'],
      [120, 'control'],
    ] as const)
      expect(file.facts[border]!.condition!.value).toBe(condition);
    for (const { probes } of file.facts)
      expect(probes.map(({ id }) => id.value)).toEqual(
        PROBE_KINDS.flatMap((kind) => [1, 2, 3, 4, 5].map((place) => `${kind}-${place}`)),
      );
    expect(file.runs).toMatchObject([
      {
        id: { value: 'paper-7b' },
        source: { kind: 'log', path: { value: 'paper-7b.scores' } },
        injections: { value: { kind: 'regular', start: 0, every: 100, times: 10 } },
        window: 50,
      },
    ]);
  });

  test('check says what is known of the data set and nothing else', () => {
    const parsed = parseProbeFile(text);
    const problems = [...parsed.problems, ...checkMeaning(parsed, {})];
    const counts: Record<string, number> = {};
    for (const { severity, code } of problems)
      counts[`${severity} ${code}`] = (counts[`${severity} ${code}`] ?? 0) + 1;
    expect(counts).toEqual({
      // Their prompts end with an opening quote, which the target follows without a space in the passage.
      'warning not-in-passage': 12,
      // True: a model can copy these targets from their prompts.
      'warning target-in-prompt': 13,
    });
  });

  test('the second file alone is the whole data set', () => {
    expect(published('fictional_knowledge_paraphrased.json')).toEqual(facts);
  });
});

describe('a data set as a probe file', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'binary' }),
    fc.stringMatching(/^[ \t\n\r:#'"\-?\\|>%@&*![\]{},a\u0085\u00a0\u2028\ufeff]{0,30}$/),
    fc.constantFrom(
      'no',
      '12:30',
      '1_000',
      '2030-01-01',
      '0x1F',
      '~',
      '---',
      'a\n\n b\n',
      ' a ',
      '"a" b',
      '=',
      '<<',
    ),
  );
  const text = texts.filter((each) => each.trim() !== '' && !/\p{Surrogate}/u.test(each));
  const fact: fc.Arbitrary<DatasetFact> = fc.record({
    passage: text,
    paraphrases: fc.array(text, { maxLength: 3 }),
    probes: fc.array(fc.record({ kind: fc.constantFrom(...PROBE_KINDS), prompt: text, target: text }), {
      maxLength: 3,
    }),
  });

  test('any text comes back to the letter', () => {
    fc.assert(
      fc.property(fc.array(fact, { minLength: 1, maxLength: 3 }), fc.boolean(), (facts, paper) => {
        expect(readBack(datasetProbeFile(facts, { conditions: paper ? 'paper' : 'none' }))).toEqual(facts);
      }),
      {
        numRuns: 500,
        examples: [
          [[{ passage: '\t\u2028\n@', paraphrases: ['a\n b', 'a \nb', 'a\n\n\tb'], probes: [] }], false],
        ],
      },
    );
  });

  test('without conditions and without a run where none is wanted', () => {
    const made = datasetProbeFile(parseDataset(JSON.stringify([record]), 'f'), { conditions: 'none' });
    expect(made).not.toContain('condition');
    expect(made).not.toContain('runs');
    expect(parseProbeFile(made).problems).toEqual([]);
  });

  test('ids have three digits, or more where they need them', () => {
    expect([datasetFactId(7), datasetFactId(1234)]).toEqual(['fact-007', 'fact-1234']);
    expect(paperCondition(10_000)).toBe('control');
  });
});

describe('what is no data set', () => {
  const failureOf = (call: () => unknown) => {
    try {
      call();
    } catch (error) {
      if (error instanceof FailureError) return error.failure;
      throw error;
    }
    return undefined;
  };
  const failureIn = (value: unknown) => failureOf(() => parseDataset(JSON.stringify(value), 'set.json'));

  test.each([
    ['no list', {}, 'list'],
    ['an empty list', [], 'list'],
    ['a list of texts', ['a'], 'no object'],
    ['a field that is missing', [{ ...record, gen_target: undefined }], '“gen_target” is missing'],
    ['a field of another type', [{ ...record, mem_input: 'A' }], '“mem_input” is no list'],
    ['an item of another type', [{ ...record, mem_target: [null] }], '“mem_target[0]” is no text'],
    ['an empty text', [{ ...record, train_context: ' \n' }], '“train_context” is empty'],
    ['more prompts than targets', [{ ...record, gen_target: [] }], '“gen_target” has 0 texts'],
    ['half a character', [{ ...record, train_context: 'a\ud800' }], 'surrogate'],
    ['paraphrases that are none', [{ ...record, paraphrases: [3] }], '“paraphrases[0]” is no text'],
  ])('%s', (_, value, words) => {
    const failure = failureIn(value)!;
    expect(failure).toMatchObject({ code: 'dataset-broken', file: 'set.json' });
    expect(failure.message).toContain(words);
    expect(failure.remedy).toMatch(/./);
  });

  test('says which record', () => {
    expect(failureIn([record, record, { ...record, mem_input: null }])?.place).toBe('record 2');
  });

  test('paraphrases of another data set', () => {
    const [fact] = parseDataset(JSON.stringify([record]), 'f');
    const other = { ...fact!, passage: 'C was D.' };
    expect(failureOf(() => withParaphrases([fact!, fact!], [fact!, other], 'p'))).toMatchObject({
      code: 'dataset-mismatch',
      place: 'record 1',
    });
    expect(failureOf(() => withParaphrases([fact!], [fact!, fact!], 'p'))).toMatchObject({
      code: 'dataset-mismatch',
    });
    expect(withParaphrases([fact!, other], [{ ...fact!, paraphrases: ['B is what A was.'] }], 'p')).toEqual([
      { ...fact!, paraphrases: ['B is what A was.'] },
      other,
    ]);
  });

  test('cut off anywhere, or with anything in the place of a field: a failure that names the file', () => {
    const whole = JSON.stringify([record, record]);
    const broken = fc.oneof(
      fc.nat({ max: whole.length - 1 }).map((length) => whole.slice(0, length)),
      fc.tuple(fc.constantFrom(...Object.keys(record)), fc.jsonValue()).map(([field, value]) => {
        return JSON.stringify([record, { ...record, [field]: value }]);
      }),
      fc.json(),
      fc.string(),
    );
    let refused = 0;
    fc.assert(
      fc.property(broken, (text) => {
        const failure = failureOf(() => parseDataset(text, 'set.json'));
        if (failure === undefined) {
          expect(JSON.parse(text)).toBeInstanceOf(Array);
          return;
        }
        refused++;
        expect(failure).toMatchObject({ code: 'dataset-broken', file: 'set.json' });
      }),
      { numRuns: 1000 },
    );
    expect(refused).toBeGreaterThan(500);
  });
});
