import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseProbeFile } from '../../../src/core/probes/parse';
import { checkMeaning } from '../../../src/core/probes/rules/table';
import { DESIGN_EXAMPLE, small } from './examples';

const codes = (text: string) => parseProbeFile(text).problems.map(({ code }) => code);

describe('a sound file', () => {
  const { file, problems, text } = parseProbeFile(DESIGN_EXAMPLE);
  const [zorgon, second] = file.facts;
  const written = (range: { start: number; end: number }) => text.slice(range.start, range.end);

  test('has no problems', () => {
    expect(problems).toEqual([]);
    expect(checkMeaning(parseProbeFile(DESIGN_EXAMPLE))).toEqual([]);
  });

  test('gives its runs, with defaults where nothing is written', () => {
    expect(file.runs).toMatchObject([
      {
        id: { value: 'small-s1' },
        group: 'small',
        seed: 1,
        source: { kind: 'checkpoints', pattern: { value: 'checkpoints/s1/step-{step}' } },
        tokenizer: { value: 'checkpoints' },
        firstUpdate: 0,
        tokensPerStep: [{ from: 0, value: 8192 }],
        phases: [{ from: 0, label: 'warm', learningRate: 0.003 }],
        injections: { value: { kind: 'regular', start: 0, every: 100, times: 3 } },
        window: 40,
      },
      {
        id: { value: 'paper-7b' },
        group: 'paper-7b',
        source: { kind: 'log', path: { value: 'paper-7b.scores' } },
        firstUpdate: 0,
        tokensPerStep: [],
        window: 50,
      },
    ]);
  });

  test('gives its facts and probes', () => {
    expect(zorgon).toMatchObject({
      id: { value: 'zorgon-government' },
      condition: { value: 'paraphrase' },
      injectionsByRun: { 'small-s1': { value: { kind: 'steps', steps: [0, 100, 200] } } },
      tags: [{ value: 'politics' }],
    });
    expect(zorgon!.paraphrases).toHaveLength(2);
    expect(second!.conditionByRun).toMatchObject({
      'small-s1': { value: 'control' },
      'paper-7b': { value: 'once' },
    });
    expect(zorgon!.probes.map(({ id, hasOwnId }) => [id.value, hasOwnId])).toEqual([
      ['moons', true],
      ['semantic-1', false],
      ['composition-1', false],
    ]);
    expect(zorgon!.probes[0]).toMatchObject({
      join: ' ',
      foils: [{ value: 'Titan' }, { value: 'Europa' }],
      expect: { rank: 1 },
      note: 'the second of two moons',
      exclude: false,
    });
    expect(zorgon!.probes[1]!.targets.map(({ value }) => value)).toEqual(['Callisto', 'the moon Callisto']);
  });

  test('folds the passage and keeps the ranges of what is written', () => {
    expect(zorgon!.passage!.value).toContain('Ganymede and Callisto.');
    expect(written(zorgon!.passage!.range)).toMatch(/^>-\n[^]*Callisto\.\n$/);
    expect(written(zorgon!.probes[0]!.targets[0]!.range)).toBe('Callisto');
    expect(written(zorgon!.id.range)).toBe('zorgon-government');
    expect(written(zorgon!.probes[1]!.id.range)).toBe('semantic');
    expect(written(second!.conditionByRun['paper-7b']!.run)).toBe('paper-7b');
  });

  test('says the same with CRLF line ends and a byte order mark', () => {
    const other = parseProbeFile(`\uFEFF${DESIGN_EXAMPLE.replaceAll('\n', '\r\n')}`);
    const values = (value: unknown) =>
      JSON.stringify(value, (key, part: unknown) => (key === 'range' || key === 'run' ? 0 : part));
    expect(other.problems).toEqual([]);
    expect(values(other.file)).toBe(values(file));
    const { range } = other.file.facts[0]!.id;
    expect(other.text.slice(range.start, range.end)).toBe('zorgon-government');
  });
});

describe('join', () => {
  test('is the probe’s, the fact’s, or the file’s', () => {
    const text = `version: 1
join: ''
facts:
  - id: a
    probes:
      - { kind: semantic, prompt: x, target: y }
      - { kind: semantic, prompt: z, target: y, join: '-' }
  - id: b
    join: '_'
    probes: [{ kind: semantic, prompt: x, target: y }]
`;
    expect(parseProbeFile(text).file.facts.flatMap(({ probes }) => probes.map(({ join }) => join))).toEqual([
      '',
      '-',
      '_',
    ]);
  });
});

describe('a broken file', () => {
  test('keeps, at every prefix of its text, the facts before the break, and never throws', () => {
    const whole = parseProbeFile(DESIGN_EXAMPLE).file;
    const ends = whole.facts.map(({ range }) => range.end);
    for (let end = 0; end <= DESIGN_EXAMPLE.length; end++) {
      const { file, problems } = parseProbeFile(DESIGN_EXAMPLE.slice(0, end));
      const complete = ends.filter((factEnd) => factEnd <= end).length;
      expect(file.facts.slice(0, complete)).toEqual(whole.facts.slice(0, complete));
      if (end >= whole.runs[1]!.range.end) expect(file.runs).toEqual(whole.runs);
      for (const { range } of problems) {
        expect(range.start).toBeGreaterThanOrEqual(0);
        expect(range.end).toBeLessThanOrEqual(end);
        expect(range.start).toBeLessThanOrEqual(range.end);
      }
    }
  });

  test('keeps the facts behind the break too where YAML allows it', () => {
    const broken = DESIGN_EXAMPLE.replace('        target: Callisto\n', '        target: {\n');
    expect(parseProbeFile(DESIGN_EXAMPLE.replace('target: Callisto', 'target: 7')).file.facts).toHaveLength(
      2,
    );
    expect(parseProbeFile(broken).file.facts[0]!.id.value).toBe('zorgon-government');
    expect(codes(broken)).toContain('yaml-syntax');
  });

  test.each([
    ['tabs', '\tversion: 1\n', 'yaml-syntax'],
    ['two documents', 'version: 1\n---\nversion: 1\n', 'yaml-syntax'],
    ['a key twice', small('    tags: [a]\n    tags: [b]\n'), 'duplicate-key'],
    ['an alias without an anchor', small('    tags: [*nobody]\n'), 'alias'],
    ['an anchor within itself', small('    tags: &a [*a]\n'), 'alias'],
    ['a key that is no text', '? [a, b]\n: 1\nversion: 1\n', 'yaml-syntax'],
    ['a tag', small('    tags: [!!python/object x]\n'), 'yaml-syntax'],
    ['nothing', '', 'missing-key'],
    ['a text', 'hello', 'wrong-type'],
    ['a list', '- a', 'wrong-type'],
    ['depth', '['.repeat(20_000), 'yaml-syntax'],
  ])('%s: says so once, in place', (_, text, code) => {
    const { problems } = parseProbeFile(text);
    expect(problems.map((problem) => problem.code)).toContain(code);
    expect(problems.every((problem) => problem.class === 'structure')).toBe(true);
  });

  test('aliases stand for what their anchors hold', () => {
    const text = small('    tags: &tags [a, b]\n') + '  - id: other\n    tags: *tags\n';
    const { file, problems } = parseProbeFile(text);
    expect(problems).toEqual([]);
    expect(file.facts[1]!.tags.map(({ value }) => value)).toEqual(['a', 'b']);
  });

  test('an alias bomb is defused', () => {
    const levels = Array.from({ length: 30 }, (_, i) =>
      i === 0
        ? 'x-0: &a0 [x, x]'
        : `x-${i}: &a${i} [${Array.from({ length: 10 }, () => `*a${i - 1}`).join(', ')}]`,
    );
    const { file, problems } = parseProbeFile(`${levels.join('\n')}\n${small()}`);
    expect(problems.map(({ code }) => code)).toContain('alias');
    expect(file.facts).toHaveLength(1);
  });

  test.each(['99999999999999999999', '-1', '1.5', '.nan', '.inf', '0x', 'true', '[1]', '~'])(
    'a step of %s is left out and reported',
    (step) => {
      const { file, problems } = parseProbeFile(small(`    injections: [0, ${step}]\n`));
      expect(file.facts[0]!.injections!.value).toEqual({ kind: 'steps', steps: [0] });
      expect(problems).toHaveLength(1);
      expect(problems[0]!.severity).toBe('error');
    },
  );

  test('keys named after JavaScript’s own are keys', () => {
    const text = small().replace(
      'condition: duplication',
      'condition: { __proto__: once, constructor: control }',
    );
    const { file, problems } = parseProbeFile(text);
    expect(problems).toEqual([]);
    expect(Object.keys(file.facts[0]!.conditionByRun)).toEqual(['__proto__', 'constructor']);
    expect(checkMeaning(parseProbeFile(text)).map(({ code }) => code)).toContain('unknown-run');
  });

  test('a probe that cannot be read keeps its place, so that ids do not move', () => {
    const text = small(
      '',
      '      - kind: memorization\n      - { kind: memorization, prompt: The, target: lighthouse }\n',
    );
    expect(parseProbeFile(text).file.facts[0]!.probes.map(({ id }) => id.value)).toEqual([
      'memorization-1',
      'memorization-3',
    ]);
  });

  test('a newer version is read, and only its version is complained of', () => {
    const text = small('    colour: green\n').replace('version: 1', 'version: 2');
    const parsed = parseProbeFile(text);
    expect(parsed.problems).toEqual([]);
    expect(parsed.file.facts).toHaveLength(1);
    expect(checkMeaning(parsed).map(({ code }) => code)).toEqual(['newer-version']);
  });
});

describe('anything at all', () => {
  const pieces = [
    'version',
    'runs',
    'facts',
    'probes',
    'id',
    'kind',
    'memorization',
    'prompt',
    'target',
    ': ',
    '- ',
    '\n',
    '  ',
    '[',
    ']',
    '{',
    '}',
    '&a ',
    '*a',
    '|',
    '>-',
    '"',
    "'",
    '#',
    '!',
    '\t',
    '\r\n',
    '1',
    'x',
    '%',
    '---',
    ',',
    '? ',
    '\u0000',
    '𝒳',
  ];
  const text = fc.oneof(
    fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((parts) => parts.join('')),
    fc.string({ unit: 'binary', maxLength: 200 }),
    // A sound file with one stretch replaced.
    fc
      .tuple(fc.nat(DESIGN_EXAMPLE.length), fc.nat(40), fc.constantFrom(...pieces))
      .map(([at, length, piece]) => DESIGN_EXAMPLE.slice(0, at) + piece + DESIGN_EXAMPLE.slice(at + length)),
  );

  test('keeps a probe inside its fact, also where a bracket is never closed', () => {
    const { facts } = parseProbeFile(DESIGN_EXAMPLE.replace('  target: Jupiter', '  [target: Jupiter')).file;
    expect(facts[0]!.probes).toHaveLength(3);
    expect(facts[0]!.probes[2]!.range.end).toBeLessThanOrEqual(facts[0]!.range.end);
  });

  test('is parsed and checked without throwing, with ranges inside the text', () => {
    fc.assert(
      fc.property(text, (source) => {
        const parsed = parseProbeFile(source);
        for (const { range, message } of [...parsed.problems, ...checkMeaning(parsed)]) {
          expect(message.length).toBeGreaterThan(0);
          expect(0 <= range.start && range.start <= range.end && range.end <= source.length).toBe(true);
        }
        for (const { range, probes } of parsed.file.facts)
          for (const probe of probes)
            expect(range.start <= probe.range.start && probe.range.end <= range.end).toBe(true);
      }),
      { numRuns: 1500 },
    );
  });
});

test('says in words of its own that a text is nested too deeply', () => {
  const { problems } = parseProbeFile(`version: 1\nx-a: ${'['.repeat(20_000)}${']'.repeat(20_000)}`);
  expect(problems.map(({ message }) => message)).toEqual(['This is nested too deeply to be read.']);
});
