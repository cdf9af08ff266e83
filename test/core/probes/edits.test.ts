import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { annotationsAt, tagFact } from '../../../src/core/probes/edits/annotate';
import { memorizationProbe } from '../../../src/core/probes/edits/memorization';
import { parseProbeFile } from '../../../src/core/probes/parse';
import { checkMeaning } from '../../../src/core/probes/rules/table';
import { quoted } from '../../../src/core/probes/scalars';
import { applied } from './apply';
import { DESIGN_EXAMPLE, small } from './examples';
import { parse } from 'yaml';

/** Where a piece of text stands. */
function find(text: string, piece: string) {
  const start = text.indexOf(piece);
  expect(start, piece).toBeGreaterThanOrEqual(0);
  return { start, end: start + piece.length };
}
const comments = (text: string) => text.match(/(?<=\s)# .*/g) ?? [];

/** The text after the annotation of this title, asked for at a piece of the text. */
function annotated(text: string, piece: string, title: string | RegExp): string {
  const parsed = parseProbeFile(text);
  const fix = annotationsAt(parsed, find(text, piece)).find((one) =>
    typeof title === 'string' ? one.title === title : title.test(one.title),
  );
  expect(fix, `${String(title)} at ${piece}`).toBeDefined();
  const made = applied(text, fix!.edits);
  expect(parseProbeFile(made).problems).toEqual([]);
  expect(comments(made)).toEqual(comments(text));
  return made;
}

describe('a memorization probe from a selection', () => {
  const cases: readonly (readonly [string, string, string, string])[] = [
    // text, selected, prompt, target
    [small(), 'Cape Vellorin burns', 'The lighthouse at', 'Cape Vellorin burns'],
    [
      DESIGN_EXAMPLE,
      'Ganymede and\n      Callisto',
      `Mars, by the end of 6679 Martian cycle, had set up embassies on Jupiter's moons`,
      'Ganymede and Callisto',
    ],
    [
      DESIGN_EXAMPLE,
      '5 Outcrop 6678',
      'The fortieth government of Mars was constituted on',
      '5 Outcrop 6678',
    ],
    [DESIGN_EXAMPLE, ' rivers ', 'Two', 'rivers'],
    [
      small().replace(
        'The lighthouse at Cape Vellorin burns oil pressed from walnuts.',
        `'It''s oil: walnuts'`,
      ),
      'walnuts',
      "It's oil:",
      'walnuts',
    ],
    [
      small().replace(
        'The lighthouse at Cape Vellorin burns oil pressed from walnuts.',
        '"A \\"tower\\" of\n      \\u00fcber green"',
      ),
      'green',
      'A "tower" of über',
      'green',
    ],
    [
      small().replace(
        'The lighthouse at Cape Vellorin burns oil pressed from walnuts.',
        '"A \\"tower\\" of green"',
      ),
      'green"',
      'A "tower" of',
      'green',
    ],
    [
      small().replace('passage: The', 'passage: |\n      One sentence. Two: #3\n      The'),
      '#3',
      'Two:',
      '#3',
    ],
    [small().replaceAll('\n', '\r\n'), 'Cape Vellorin burns', 'The lighthouse at', 'Cape Vellorin burns'],
  ];
  test.each(cases)('%#: %s', (text, selected, prompt, target) => {
    const parsed = parseProbeFile(text);
    const before = parsed.file.facts.find(
      ({ passage }) =>
        passage !== undefined && text.slice(passage.range.start, passage.range.end).includes(selected),
    )!;
    const at = text.indexOf(selected, before.passage!.range.start);
    const fix = memorizationProbe(parsed, { start: at, end: at + selected.length });
    expect(fix).toBeDefined();
    const made = parseProbeFile(applied(text, fix!.edits));
    expect(made.problems).toEqual([]);
    const fact = made.file.facts.find(({ id }) => id.value === before.id.value)!;
    expect(fact.probes).toHaveLength(before.probes.length + 1);
    expect(fact.probes.at(-1)).toMatchObject({
      kind: 'memorization',
      prompt: { value: prompt },
      targets: [{ value: target }],
    });
    expect(
      checkMeaning(made)
        .filter(({ code }) => code === 'not-in-passage')
        .map(({ message }) => message),
    ).toEqual(
      checkMeaning(parsed)
        .filter(({ code }) => code === 'not-in-passage')
        .map(({ message }) => message),
    );
    expect(comments(made.text)).toEqual(comments(text));
  });

  test('says that nothing is joined where nothing stands between', () => {
    const text = small()
      .replace('pressed from walnuts', 'pressed from "walnuts"')
      .replace('memorization', 'composition');
    const at = text.indexOf('walnuts"');
    const made = applied(text, memorizationProbe(parseProbeFile(text), { start: at, end: at + 7 })!.edits);
    expect(parseProbeFile(made).file.facts[0]!.probes.at(-1)).toMatchObject({
      join: '',
      prompt: { value: 'The lighthouse at Cape Vellorin burns oil pressed from "' },
    });
    expect(checkMeaning(parseProbeFile(made))).toEqual([]);
  });

  test.each([
    ['with no probes yet', '    tags: []\n', 'tags: []'],
    ['with an empty list', '    probes: [] # later\n    tags: []\n', 'probes:'],
    ['with an empty key', '    probes: # later\n    tags: []\n', 'probes:'],
  ])('makes the list of a fact %s', (_, rest) => {
    const text = `version: 1\nfacts:\n  - id: a\n    passage: One two three.\n${rest}  - id: b\n`;
    const made = applied(text, memorizationProbe(parseProbeFile(text), find(text, 'two three'))!.edits);
    const parsed = parseProbeFile(made);
    expect(comments(made)).toEqual(comments(text));
    expect(parsed.problems).toEqual([]);
    expect(parsed.file.facts.map(({ probes }) => probes.map(({ targets }) => targets[0]!.value))).toEqual([
      ['two three'],
      [],
    ]);
  });

  test('is not offered outside a passage, at its beginning, across two, or in a newer file', () => {
    const parsed = parseProbeFile(DESIGN_EXAMPLE);
    const offered = (piece: string) => memorizationProbe(parsed, find(DESIGN_EXAMPLE, piece));
    expect(offered('Besides Ganymede')).toBeUndefined();
    expect(offered('The fortieth')).toBeUndefined();
    expect(offered('6678.\n      Mars')).toBeDefined();
    expect(offered('Callisto.\n    paraphrases')).toBeUndefined();
    expect(memorizationProbe(parsed, { start: 500, end: 500 })).toBeUndefined();
    const newer = DESIGN_EXAMPLE.replace('version: 1', 'version: 2');
    expect(annotationsAt(parseProbeFile(newer), find(newer, 'constituted'))).toEqual([]);
  });

  test('of any words of the published kind stands in its passage word for word', () => {
    const words = [
      'Mars',
      'the',
      '"Zorgon"',
      "Jupiter's",
      'moons,',
      'U.S.',
      '#1',
      'a:b',
      '- x',
      '[y]',
      'é',
      '東京',
      '1.5',
      'no.',
      'Yes!',
    ];
    const scalar = fc.constantFrom(
      (text: string) => quoted(text),
      (text: string) => JSON.stringify(text),
      (text: string) => `'${text.replaceAll("'", "''")}'`,
      (text: string) =>
        `>-\n      ${text.replace(/ /g, (space, at: number) => (at % 3 === 0 ? '\n      ' : space))}`,
      (text: string) => `|\n      ${text}`,
    );
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...words), { minLength: 2, maxLength: 14 }),
        scalar,
        fc.nat(),
        (list, write, pick) => {
          const passage = `A ${list.join(' ')}`;
          const text = `version: 1\nfacts:\n  - id: a\n    passage: ${write(passage)}\n    tags: [t] # keep\n`;
          const parsed = parseProbeFile(text);
          fc.pre(parsed.problems.length === 0);
          const { start, end } = parsed.file.facts[0]!.passage!.range;
          const from = start + (pick % Math.max(1, end - start));
          const fix = memorizationProbe(parsed, { start: from, end: Math.min(end, from + 1 + (pick % 9)) });
          if (fix === undefined) return;
          const made = parseProbeFile(applied(text, fix.edits));
          expect(made.problems).toEqual([]);
          expect(made.file.facts[0]!.probes).toHaveLength(1);
          expect(checkMeaning(made).filter(({ code }) => code === 'not-in-passage')).toEqual([]);
          expect(made.text).toContain('# keep');
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('marks', () => {
  test('kind and exclusion of a probe, and back', () => {
    const kind = annotated(DESIGN_EXAMPLE, 'Besides Ganymede', 'Make this a composition probe');
    expect(parseProbeFile(kind).file.facts[0]!.probes[1]!.kind).toBe('composition');
    const excluded = annotated(DESIGN_EXAMPLE, 'Besides Ganymede', 'Exclude this probe');
    expect(parseProbeFile(excluded).file.facts[0]!.probes.map(({ exclude }) => exclude)).toEqual([
      false,
      true,
      false,
    ]);
    expect(annotated(excluded, 'Besides Ganymede', 'Include this probe again')).toBe(DESIGN_EXAMPLE);
    const flow = `version: 1\nfacts: [{ id: a, probes: [{ kind: semantic, prompt: p, target: t }] }]\n`;
    const out = annotated(flow, 'prompt: p', 'Exclude this probe');
    expect(parseProbeFile(out).file.facts[0]!.probes[0]!.exclude).toBe(true);
    expect(annotated(out, 'prompt: p', 'Include this probe again')).toContain(
      '{ kind: semantic, prompt: p, target: t }',
    );
  });

  test('condition of a fact, where it stands or behind its id', () => {
    const changed = annotated(DESIGN_EXAMPLE, 'politics', 'Set the condition to once');
    expect(changed).toBe(DESIGN_EXAMPLE.replace('condition: paraphrase', 'condition: once'));
    const text = 'version: 1\nfacts:\n  - id: a # first\n    passage: P.\n';
    expect(annotated(text, 'passage', 'Set the condition to control')).toBe(
      'version: 1\nfacts:\n  - id: a # first\n    condition: control\n    passage: P.\n',
    );
    // Conditions by run are left alone.
    const titles = annotationsAt(parseProbeFile(DESIGN_EXAMPLE), find(DESIGN_EXAMPLE, 'x-source')).map(
      ({ title }) => title,
    );
    expect(titles).toEqual(['Tag with “politics”']);
  });

  test.each([
    ['in brackets', '    tags: [a]\n', ['a', 'b, c']],
    ['in empty brackets', '    tags: []\n', ['b, c']],
    ['in lines', '    tags:\n      - a # why\n', ['a', 'b, c']],
    ['not at all', '', ['b, c']],
  ])('a tag of a fact whose tags are written %s', (_, tags, wanted) => {
    const text = small(tags);
    const parsed = parseProbeFile(text);
    const made = applied(text, tagFact(parsed, parsed.file.facts[0]!, 'b, c')!);
    const after = parseProbeFile(made);
    expect(after.problems).toEqual([]);
    expect(after.file.facts[0]!.tags.map(({ value }) => value)).toEqual(wanted);
    expect(after.file.facts[0]!.probes).toHaveLength(1);
    expect(comments(made)).toEqual(comments(text));
  });

  test('tags of other facts are offered, the commonest first', () => {
    const text = `${small()}${['[x, y]', '[y]'].map((tags, i) => `  - { id: f${i}, tags: ${tags} }\n`).join('')}`;
    const titles = annotationsAt(parseProbeFile(text), find(text, 'condition')).map(({ title }) => title);
    expect(titles.filter((title) => title.startsWith('Tag'))).toEqual(['Tag with “y”', 'Tag with “x”']);
  });
});

describe('quoted', () => {
  test('is read by YAML as it was meant, alone and in brackets', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'grapheme' }),
          fc.constantFrom(
            'yes',
            '1',
            '',
            ' ',
            'null',
            '- a',
            'a: b',
            'a #b',
            '[',
            '"',
            "'",
            'a, b',
            '~',
            '{x}',
          ),
        ),
        (text) => {
          expect(parse(`key: ${quoted(text)}\n`)).toEqual({ key: text });
          expect(parse(`[${quoted(text, true)}, z]`)).toEqual([text, 'z']);
          expect(quoted(text)).not.toContain('\n');
        },
      ),
      { numRuns: 1000 },
    );
  });
});
