import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import schema from '../../../syntaxes/probes.schema.json';
import { parseProbeFile } from '../../../src/core/probes/parse';
import { schemaErrors } from '../../../src/core/probes/structure';
import { applied } from './apply';
import { small } from './examples';

/** Each line: what is put in place of what, the problem's code and place, and a part of its message. */
const cases: readonly (readonly [string, string, string, string, RegExp])[] = [
  ['version: 1', 'title: x', 'missing-key', '', /begins with “version: 1”/],
  ['version: 1', 'version: one', 'wrong-type', 'one', /a whole number/],
  ['version: 1', 'version: 0', 'wrong-value', '0', /at least 1/],
  ['version: 1', 'version: 1\ntitel: x', 'unknown-key', 'titel', /Did you mean “title”/],
  ['version: 1', 'version: 1\ncolour: x', 'unknown-key', 'colour', /begin it with “x-”/],
  ['version: 1', 'version: 1\nchatTemplate: x', 'reserved-key', 'chatTemplate', /chat models/],
  ['version: 1', 'version: 1\ninclude: a.yaml', 'wrong-type', 'a.yaml', /“include” takes a list/],
  ['id: s1', 'id: 7', 'wrong-type', '7', /Put quotes around it/],
  ['id: s1', 'id: ../s1', 'wrong-value', '../s1', /names a folder/],
  ['- id: s1\n    log', '- log', 'missing-key', 'log', /“id:” is missing/],
  ['log: s1.scores', 'seed: 1', 'missing-key', 'id', /where its numbers come from/],
  [
    'log: s1.scores',
    'log: s1.scores\n    checkpoints: a-{step}',
    'wrong-value',
    'id',
    /Delete one of the two/,
  ],
  ['log: s1.scores', 'checkpoints: a/b', 'wrong-value', 'a/b', /needs “{step}”/],
  ['log: s1.scores', 'log: s1.scores\n    window: 0', 'wrong-value', '0', /“window” must be at least 1/],
  ['log: s1.scores', 'log: s1.scores\n    tokensPerStep: 0', 'wrong-value', '0', /greater than 0/],
  [
    'log: s1.scores',
    'log: s1.scores\n    tokensPerStep: [{ from: 0 }]',
    'missing-key',
    'from',
    /“value:” is missing/,
  ],
  ['every: 100, times: 3', 'every: 100', 'missing-key', 'start', /“times:” is missing/],
  ['every: 100, times: 3', 'every: 0, times: 3', 'wrong-value', '0', /“every” must be at least 1/],
  ['every: 100, times: 3', 'every: 1, times: 1000000000', 'wrong-value', '1000000000', /at most 100000/],
  [
    '{ start: 0, every: 100, times: 3 }',
    '[0, a]',
    'wrong-type',
    'a',
    /Item 2 of “injections” takes a whole number/,
  ],
  ['{ start: 0, every: 100, times: 3 }', '', 'wrong-type', 'injections', /nothing is written/],
  [
    'condition: duplication',
    'condition: duplicated',
    'wrong-value',
    'duplicated',
    /one of paraphrase, duplication/,
  ],
  ['condition: duplication', 'condition: { s1: ones }', 'wrong-value', 'ones', /“s1” is one of paraphrase/],
  ['condition: duplication', 'condition: { 7: ones }', 'wrong-value', 'ones', /^“7” is one of/],
  ['condition: duplication', 'condition: [once]', 'wrong-type', '[once]', /a text or keys with values/],
  [
    'condition: duplication',
    'injections: { s1: { every: 5 } }',
    'missing-key',
    'every',
    /“times:” is missing/,
  ],
  ['condition: duplication', 'injections: { s1: 5 }', 'wrong-type', '5', /“s1” takes/],
  ['condition: duplication', 'injections: { every: 5 }', 'missing-key', 'every', /“times:” is missing/],
  ['condition: duplication', 'tags: [a, 1969]', 'wrong-type', '1969', /Item 2 of “tags” takes a text/],
  ['kind: memorization', 'kind: semantics', 'wrong-value', 'semantics', /one of memorization, semantic/],
  ['kind: memorization', 'prompts: x', 'missing-key', 'prompts', /“kind:” is missing/],
  ['target: walnuts', 'target:', 'wrong-type', 'target', /nothing is written\. Write one\.$/],
  ['target: walnuts', 'target: x\n        foils:', 'wrong-type', 'foils', /Write one, or delete the key\.$/],
  ['target: walnuts', 'target: 1969', 'wrong-type', '1969', /1969 is not text to YAML/],
  ['target: walnuts', 'target: [walnuts, yes, true]', 'wrong-type', 'true', /Item 3 of “target”/],
  ['target: walnuts', 'target: x\n        exclude: yes', 'wrong-type', 'yes', /true or false/],
  [
    'target: walnuts',
    'target: x\n        expect: { at: 4 }',
    'missing-key',
    'at',
    /“rank” or a “probability”/,
  ],
  ['target: walnuts', 'target: x\n        expect: { probability: 2 }', 'wrong-value', '2', /at most 1/],
  ['target: walnuts', 'target: x\n        messages: []', 'reserved-key', 'messages', /reserved/],
];

describe('a departure from the schema', () => {
  test.each(cases)('%s → %s', (before, after, code, place, message) => {
    const text = small().replace(before, after);
    expect(text).not.toBe(small());
    const { problems } = parseProbeFile(text);
    const found = problems.find(
      (problem) =>
        problem.code === code &&
        text.slice(problem.range.start, problem.range.end) === place &&
        message.test(problem.message),
    );
    expect(found, JSON.stringify(problems)).toBeDefined();
    expect(found!.class).toBe('structure');
    expect(found!.severity).toBe(['unknown-key', 'reserved-key'].includes(code) ? 'warning' : 'error');
    // The first quick fix mends it.
    const [fix] = found!.fixes ?? [];
    if (fix !== undefined) {
      const again = parseProbeFile(applied(text, fix.edits)).problems;
      expect(again.some((problem) => problem.message === found!.message)).toBe(false);
      expect(again.length).toBeLessThan(problems.length + 1);
    }
  });

  test('is said once: nothing follows from the branches of the schema', () => {
    const text = small().replace('condition: duplication', 'condition: duplicat');
    expect(parseProbeFile(text).problems).toHaveLength(1);
    const run = small().replace('log: s1.scores', 'seed: 2');
    expect(parseProbeFile(run).problems).toHaveLength(1);
  });

  test('x- keys are free wherever keys are ours', () => {
    const text = small('    x-mine: { a: [1] }\n').replace('version: 1', 'version: 1\nx-other: 2');
    expect(parseProbeFile(text).problems).toEqual([]);
  });
});

describe('the schema', () => {
  test('describes every key', () => {
    const bare: string[] = [];
    const walk = (node: unknown, path: string) => {
      if (typeof node !== 'object' || node === null) return;
      for (const [key, value] of Object.entries(node)) {
        if (key === 'properties' && !/anyOf|\/not/.test(path))
          for (const [name, property] of Object.entries(value as Record<string, Record<string, unknown>>))
            if (!('description' in property) && !('$ref' in property)) bare.push(`${path}/${name}`);
        walk(value, `${path}/${key}`);
      }
    };
    walk(schema, '');
    expect(bare).toEqual([]);
    for (const definition of Object.values(schema.definitions))
      expect(definition).toHaveProperty('description');
  });
});

describe('schema and parser agree', () => {
  const word = fc.constantFrom('a', 'b', 'control', 'once', '', ' x', '7', 'a/{step}');
  const any = fc.oneof(
    word,
    fc.nat(200),
    fc.constant(null),
    fc.boolean(),
    fc.constant([]),
    fc.constant({}),
    fc.constant(-1),
    fc.constant(1.5),
  );
  const mostly = <T>(good: fc.Arbitrary<T>) =>
    fc.oneof({ weight: 12, arbitrary: good }, { weight: 1, arbitrary: any });
  const step = mostly(fc.nat(1000));
  const schedule = mostly(
    fc.oneof(
      fc.record({
        start: step,
        every: mostly(fc.integer({ min: 1, max: 9 })),
        times: mostly(fc.integer({ min: 1, max: 9 })),
      }),
      fc.array(step, { maxLength: 4 }),
      fc.constant('a.jsonl'),
    ),
  );
  const condition = mostly(fc.constantFrom('paraphrase', 'duplication', 'once', 'control'));
  const probe = mostly(
    fc.record(
      {
        kind: mostly(fc.constantFrom('memorization', 'semantic', 'composition')),
        prompt: mostly(word),
        target: mostly(
          fc.oneof(fc.constant('t'), fc.array(fc.constant('t'), { minLength: 1, maxLength: 2 })),
        ),
        foils: mostly(fc.array(fc.constant('f'), { maxLength: 2 })),
        exclude: mostly(fc.boolean()),
        expect: mostly(fc.record({ rank: mostly(fc.integer({ min: 1, max: 9 })) })),
      },
      { requiredKeys: ['kind', 'prompt', 'target'] },
    ),
  );
  const file = fc.record(
    {
      version: mostly(fc.constant(1)),
      join: mostly(word),
      runs: mostly(
        fc.array(
          fc.record(
            {
              id: mostly(fc.constantFrom('s1', 's2')),
              log: mostly(fc.constant('x')),
              injections: schedule,
              window: mostly(fc.integer({ min: 1, max: 90 })),
            },
            { requiredKeys: ['id', 'log'] },
          ),
          { maxLength: 2 },
        ),
      ),
      facts: mostly(
        fc.array(
          fc.record(
            {
              id: mostly(fc.constantFrom('f1', 'f2')),
              condition: fc.oneof(condition, fc.record({ s1: condition, s2: condition })),
              passage: mostly(fc.constant('A text.')),
              paraphrases: mostly(fc.array(mostly(fc.constant('b')), { maxLength: 3 })),
              injections: fc.oneof(schedule, fc.record({ s1: schedule, s2: schedule })),
              tags: mostly(fc.array(mostly(fc.constant('tag')), { maxLength: 2 })),
              probes: mostly(fc.array(probe, { maxLength: 3 })),
            },
            { requiredKeys: ['id'] },
          ),
          { maxLength: 3 },
        ),
      ),
    },
    { requiredKeys: ['version'] },
  );

  /** What `injections` of a fact are given for, read without the parser. */
  function runsWithSchedules(injections: unknown): string[] | 'for all' {
    if (injections === undefined) return [];
    if (typeof injections !== 'object' || injections === null || Array.isArray(injections)) return 'for all';
    return 'every' in injections ? 'for all' : Object.keys(injections);
  }

  interface Written {
    runs?: Record<string, unknown>[];
    facts?: (Record<string, unknown> & { probes?: Record<string, unknown>[] })[];
  }

  test('what the schema accepts is read whole; what it refuses is reported with a place', () => {
    let accepted = 0;
    fc.assert(
      fc.property(file, (value) => {
        // Of a newer version the schema is not asked.
        fc.pre(typeof value.version !== 'number' || value.version < 2);
        const { file: read, problems } = parseProbeFile(stringify(value));
        expect(problems.length === 0).toBe(schemaErrors(value).length === 0);
        if (problems.length > 0) return;
        accepted++;
        const { runs = [], facts = [] } = value as Written;
        expect(
          read.runs.map(({ id, source, injections }) => [id.value, source!.kind, injections !== undefined]),
        ).toEqual(runs.map((run) => [run['id'], 'log', 'injections' in run]));
        expect(read.facts).toHaveLength(facts.length);
        for (const [i, fact] of read.facts.entries()) {
          const written = facts[i]!;
          const conditions = Object.entries(fact.conditionByRun).map(([run, one]) => [run, one.value]);
          expect(fact.condition?.value ?? Object.fromEntries(conditions)).toEqual(written['condition'] ?? {});
          expect(fact.injections === undefined ? Object.keys(fact.injectionsByRun) : 'for all').toEqual(
            runsWithSchedules(written['injections']),
          );
          expect(fact.paraphrases.map((text) => text.value)).toEqual(written['paraphrases'] ?? []);
          expect(fact.tags.map((tag) => tag.value)).toEqual(written['tags'] ?? []);
          expect(
            fact.probes.map(({ kind, prompt, exclude, expect: wanted }) => [
              kind,
              prompt.value,
              exclude,
              wanted?.rank,
            ]),
          ).toEqual(
            (written.probes ?? []).map((one) => [
              one['kind'],
              one['prompt'],
              one['exclude'] ?? false,
              (one['expect'] as { rank?: number } | undefined)?.rank,
            ]),
          );
        }
      }),
      { numRuns: 2000 },
    );
    expect(accepted).toBeGreaterThan(200);
  });
});
