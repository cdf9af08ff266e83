import fc from 'fast-check';
import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { PAPER_KINDS, PAPER_PARTS, type PublishedLog } from '../../../src/core/dynamics/paper/publishedLog';
import { readPublishedLog } from '../../../src/disk/logs/published';
import { openSource } from '../../../src/disk/logs/source';
import {
  failureOf,
  inMemory,
  publishedEntries,
  pythonJson,
  scratch,
  type PublishedEntry,
  type Table,
} from './logs';

const read = async (content: string | Uint8Array, size?: number) => readPublishedLog(inMemory(content, size));

/** Every value of a log as its entries have them. */
function expectValues(log: PublishedLog, entries: readonly PublishedEntry[], examples: number): void {
  const steps = entries.length;
  expect(log.loggedSteps).toEqual(entries.map(({ step }) => step));
  expect(log.examples).toBe(examples);
  for (const kind of PAPER_KINDS)
    for (const part of PAPER_PARTS) {
      const { values, missing } = log.logprobs[kind][part];
      expect(values).toHaveLength(examples * 5 * steps);
      const different = entries.flatMap((entry, i) =>
        (entry[`${kind}_${part}`] as Table).slice(0, examples).flatMap((row, e) =>
          row.filter((value, p) => {
            const at = (e * 5 + p) * steps + i;
            const found = missing?.[at] === 1 ? null : -values[at]!;
            return !Object.is(found, value) || (value === null && !Number.isNaN(values[at]));
          }),
        ),
      );
      expect(different).toEqual([]);
    }
}

const entries = publishedEntries(7, 3);
const small = publishedEntries(3, 1);
const SHARED = new URL('../../../../shared/oracle', import.meta.url).pathname;

describe('a published log', () => {
  it.each([0, 1, 4])('has the values that it says, indented by %i', async (indent) => {
    const { log, notes } = await read(JSON.stringify(entries, undefined, indent));
    expectValues(log, entries, 3);
    expect(notes).toEqual([]);
  });

  it('is the same whatever the pieces in which it comes', async () => {
    const text = pythonJson(small, 4);
    const { log } = await read(text);
    for (const size of [1, 2, 3, 5, 7, 64, 1000, 4096]) expect((await read(text, size)).log).toEqual(log);
  });

  it('keeps null and NaN apart, and both from numbers', async () => {
    const odd = publishedEntries(5, 3);
    (odd[1]!['mem_target'] as Table)[0]![0] = null;
    (odd[1]!['mem_target'] as Table)[0]![1] = NaN;
    (odd[4]!['gen_hard_first'] as Table)[2]![4] = NaN;
    (odd[3]!['gen_full'] as Table)[1] = [null, null, null, null, null];
    odd[2]!['note "NaN, \\" {'] = NaN;
    const { log } = await read(pythonJson(odd));
    expectValues(log, odd, 3);
    expect(log.logprobs.mem.target.missing).toBeDefined();
    expect(log.logprobs.mem.first.missing).toBeUndefined();
  });

  it('may say other things besides, with braces, quotes and NaN in texts', async () => {
    const others = { note: '}{"[], NaN \\', nested: { a: [{ b: '}' }], 'x"y': {} }, 'ключ {': '🦉"' };
    const odd = entries.map((entry) => ({ ...entry, ...others, def: [NaN, 1, 2] }));
    for (const size of [1, 13, 4096]) expectValues((await read(pythonJson(odd), size)).log, entries, 3);
  });

  it('counts only the examples that all entries have, and says so', async () => {
    const odd = publishedEntries(4, 6).map((entry, i) =>
      i === 2 ? { ...entry, gen_first: (entry['gen_first'] as Table).slice(0, 4) } : entry,
    );
    const { log, notes } = await read(JSON.stringify(odd));
    expectValues(log, odd, 4);
    expect(notes).toEqual([expect.stringMatching(/1 of 4 entries \(first: entry 3\).*all 6.*first 4 of/)]);
  });

  it('says when its logged steps are not consecutive', async () => {
    const odd = entries.map((entry, i) => ({ ...entry, step: i < 3 ? i : i + 5 }));
    const { log, notes } = await read(JSON.stringify(odd));
    expect(log.loggedSteps).toEqual([0, 1, 2, 8, 9, 10, 11]);
    expect(notes).toEqual([expect.stringMatching(/2 is followed by 8 in entry 4/)]);
  });

  it('may begin with a byte order mark, and be gzipped', async () => {
    const home = await scratch();
    try {
      const text = JSON.stringify(entries);
      expectValues((await read(`\u{feff}${text}`)).log, entries, 3);
      const zipped = gzipSync(text);
      expectValues((await readPublishedLog(await home.source(zipped))).log, entries, 3);
      const broken = await failureOf(readPublishedLog(await home.source(zipped.subarray(0, 300), 'b')));
      expect(broken).toMatchObject({ code: 'log-damaged', file: join(home.folder, 'b') });
    } finally {
      await home.remove();
    }
  });

  it('tells its progress, and stops', async () => {
    const home = await scratch();
    try {
      const source = await home.source(JSON.stringify(publishedEntries(50, 3)));
      const told: number[] = [];
      const stop = new AbortController();
      await readPublishedLog(source, {
        chunkSize: 4096,
        onProgress: (done, total) => {
          expect(total).toBe(source.size);
          told.push(done);
        },
      });
      expect(told.at(-1)).toBe(source.size);
      expect(told).toEqual(told.toSorted((a, b) => a - b));
      stop.abort(new Error('enough'));
      await expect(readPublishedLog(source, { signal: stop.signal })).rejects.toThrow('enough');
    } finally {
      await home.remove();
    }
  });

  const python = spawnSync('/usr/bin/python3', ['-c', 'import numpy, scipy']).status === 0;
  it.skipIf(!existsSync(SHARED) || !python)(
    'of the oracle is as JSON.parse reads it (skipped without ../shared or Python’s SciPy)',
    async () => {
      const home = await scratch();
      try {
        const file = join(home.folder, 'log.json');
        const options = [
          '--steps',
          '30',
          '--seed',
          '5',
          '--quantize',
          '64',
          '--flat',
          '1',
          '--null-tail',
          '3',
        ];
        await promisify(execFile)('/usr/bin/python3', [
          join(SHARED, 'make_log.py'),
          '--out',
          file,
          ...options,
        ]);
        const { log, notes } = await readPublishedLog(await openSource(file));
        expectValues(log, JSON.parse(await readFile(file, 'utf8')) as PublishedEntry[], 130);
        expect(notes).toEqual([]);
      } finally {
        await home.remove();
      }
    },
  );
});

describe('a log that is broken', () => {
  const text = JSON.stringify(small);
  const at = (piece: string, from = 0) => {
    const found = text.indexOf(piece, from);
    expect(found).toBeGreaterThan(-1);
    return found;
  };
  const second = at('{"step":40001');
  const cases: readonly (readonly [
    what: string,
    text: string,
    code: string,
    place: RegExp,
    words: RegExp,
  ])[] = [
    ['no list', '{"step": 1}', 'log-no-list', /^byte 0$/, /a list/],
    ['nothing at all', ' \n', 'log-truncated', /^byte 2$/, /cut off/],
    ['an empty list', '[ ]', 'log-empty', /^$/, /no entries/],
    ['a list of numbers', '[1, 2]', 'log-damaged', /^byte 1$/, /an entry.*“1”/],
    ['lists in the list', '[[1]]', 'log-damaged', /^byte 1$/, /“\[”/],
    [
      'something after it',
      `${text} x`,
      'log-damaged',
      new RegExp(`^byte ${text.length + 1}$`),
      /end of the file/,
    ],
    ['two lists', text + text, 'log-damaged', new RegExp(`^byte ${text.length}$`), /end of the file/],
    ['no comma', text.replace('},{', '} {'), 'log-damaged', new RegExp(`^byte ${second}$`), /a comma/],
    ['two commas', text.replace('},{', '},,{'), 'log-damaged', new RegExp(`^byte ${second}$`), /an entry/],
    ['a comma at the end', text.replace(/\]$/, ',]'), 'log-damaged', /^byte \d+$/, /an entry/],
  ];
  it.each(cases)('by %s', async (_, content, code, place, words) => {
    const failure = await failureOf(read(content));
    expect(failure.code).toBe(code);
    expect(failure.file).toBe('/a/log');
    expect(failure.place ?? '').toMatch(place);
    expect(failure.message).toMatch(words);
    expect(failure.remedy).toBeDefined();
  });

  /** A change within the second entry, and where in the file its fault is. */
  const inside: readonly (readonly [what: string, from: string, to: string, fault: string, words: RegExp])[] =
    [
      ['a text for a number', '"gen_first":[[', '"gen_first":[["1.5",', '["1.5"', /5 probes/],
      ['a step that is none', '"step":40001', '"step":"40001"', '"40001"', /whole number/],
      [
        'a name that stands twice',
        '"step":40001',
        '"step":1,"step":40001',
        '"step":40001',
        /“step” stands twice/,
      ],
      [
        'an escaped name that stands twice',
        '"step":40001',
        '"st\\u0065p":1,"step":40001',
        '"step":40001',
        /twice/,
      ],
      ['no name', '"step":40001', '40001', '40001,', /name/],
      ['a missing colon', '"step":40001', '"step" 40001', '40001,', /“:”/],
      ['Infinity', '"step":40001', '"x":Infinity,"step":40001', 'Infinity', /'I'/],
      ['minus NaN', '"step":40001', '"x":-NaN,"step":40001', '-NaN', /Unexpected/],
      ['a word', '"step":40001', '"x":nul,"step":40001', 'nul', /nul/],
      ['a leading zero', '"step":40001', '"x":01,"step":40001', '01,"step"', /1/],
      ['a stray bracket', '"step":40001', '"x":[]],"step":40001', '],"step"', /a comma/],
    ];
  it.each(inside)('inside an entry by %s', async (_, from, to, fault, words) => {
    const content = text.slice(0, second) + text.slice(second).replace(from, to);
    expect(content).not.toBe(text);
    const failure = await failureOf(read(content));
    expect(failure).toMatchObject({ code: 'log-damaged', file: '/a/log' });
    expect(failure.message).toMatch(new RegExp(`Entry 2 .*begins at byte ${second}`));
    expect(failure.message).toMatch(words);
    expect(failure.place).toBe(`byte ${content.indexOf(fault, second)}`);
  });

  it('by a number beyond a double, and tells which', async () => {
    const odd = JSON.stringify(small).replace(/("gen_full":\[\[[^,]+),[^,]+/, '$1,1e400');
    const failure = await failureOf(read(odd));
    expect(failure.message).toMatch(/“gen_full” is beyond what a double can hold/);
    expect(failure.place).toBe(`byte ${odd.indexOf('1e400')}`);
  });

  it('by a number beyond a double beside NaN: it is none', async () => {
    const odd = JSON.stringify(small).replace(/("gen_full":\[\[[^,]+),[^,]+,[^,]+/, '$1,NaN,1e400');
    const failure = await failureOf(read(odd));
    expect(failure.message).toMatch(/“gen_full” is beyond what a double can hold/);
    expect(failure.place).toBe(`byte ${odd.indexOf('1e400')}`);
  });

  it('by letters of several bytes before the place: bytes are counted', async () => {
    const odd = JSON.stringify(small.map((entry) => ({ ключ: 'é', ...entry }))).replace('40001', '"x"');
    const failure = await failureOf(read(odd));
    expect(failure.place).toBe(`byte ${Buffer.from(odd).indexOf('"x"')}`);
  });

  it.each(['step', 'mem_first', 'gen_target', 'gen_hard_full'])('by a missing “%s”', async (name) => {
    const odd = small.map((entry, i) =>
      i < 2 ? entry : Object.fromEntries(Object.entries(entry).filter(([key]) => key !== name)),
    );
    const failure = await failureOf(read(JSON.stringify(odd)));
    expect(failure.message).toMatch(new RegExp(`Entry 3 .*no “${name}”`));
    expect(failure.place).toBe(`byte ${JSON.stringify(odd.slice(0, 2)).length}`);
  });

  it('by four probes of an example', async () => {
    const odd = publishedEntries(3, 2);
    (odd[2]!['gen_target'] as Table)[1]!.pop();
    const content = JSON.stringify(odd);
    const failure = await failureOf(read(content));
    expect(failure.message).toMatch(/Entry 3 .*5 probes.*“gen_target”/);
    const table = content.indexOf('"gen_target":', content.indexOf('"step":40002'));
    expect(failure.place).toBe(`byte ${content.indexOf('],[', table) + 2}`);
  });

  it('wherever it is cut off: an error with the place', async () => {
    const cut = pythonJson(small, 1);
    for (let length = 0; length < cut.length; length++) {
      const failure = await failureOf(read(cut.slice(0, length)));
      expect(failure).toMatchObject({ code: 'log-truncated', place: `byte ${length}` });
    }
  });

  it('in any way: the right numbers or an error, never anything else', async () => {
    const whole = (await read(text)).log;
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(
            fc.nat(text.length - 1),
            fc.nat(3),
            fc.constantFrom(...Array.from('{}[],:"\\0159.-eE+naN \n\u0000tf')),
          ),
          { minLength: 1, maxLength: 3 },
        ),
        fc.integer({ min: 1, max: 300 }),
        async (changes, size) => {
          const changed = changes.reduce(
            (all, [where, drop, put]) => all.slice(0, where) + put + all.slice(where + drop),
            text,
          );
          let expected: unknown;
          try {
            expected = JSON.parse(changed.replaceAll('NaN', 'null'));
          } catch {
            expected = undefined;
          }
          const outcome = await readPublishedLog(inMemory(changed, size)).catch((error: unknown) => error);
          if (outcome instanceof Error) {
            expect(outcome.name).toBe('FailureError');
            refused++;
          } else {
            // What is read is what JSON.parse reads.
            const { log } = outcome as { log: PublishedLog };
            expect(expected).toBeDefined();
            const asNull = (each: number, missing: boolean) => (missing || Number.isNaN(each) ? null : each);
            const given = expected as PublishedEntry[];
            expect(log.loggedSteps).toEqual(given.map(({ step }) => step));
            const { values, missing } = log.logprobs.mem.target;
            const series = log.examples * 5;
            expect(
              given.map((_, i) =>
                Array.from({ length: series }, (_, s) =>
                  asNull(-values[s * given.length + i]!, missing?.[s * given.length + i] === 1),
                ),
              ),
            ).toEqual(given.map((entry) => (entry['mem_target'] as Table).slice(0, log.examples).flat()));
          }
        },
      ),
      { numRuns: 3000 },
    );
    expect(refused).toBeGreaterThan(500);
    expect(whole.examples).toBe(1);
  });
});

describe('a log that means ill', () => {
  const million = 1_000_000;
  it.each([
    ['deep nesting', `[{"step":1,"x":${'['.repeat(million)}${']'.repeat(million)}}]`, /no “mem_first”/],
    ['deep objects', `[{"step":1,"x":${'{"a":'.repeat(million)}1${'}'.repeat(million)}}]`, /no “mem_first”/],
    ['deep nesting that never ends', `[{"step":1,"x":${'['.repeat(million)}`, /cut off/],
    ['a token of a million characters', `[{"step":${'1'.repeat(million)}}]`, /whole number/],
    ['a fraction of a million digits', `[{"step":0.${'1'.repeat(million)}}]`, /whole number/],
    ['a text of a million characters', `[{"step":"${'\\"'.repeat(million)}"}]`, /whole number/],
    ['a name of a million characters', `[{"${'a'.repeat(million)}":1}]`, /no “step”/],
    [
      'a million names',
      `[{${Array.from({ length: million / 5 }, (_, i) => `"${i}":0`).join()}}]`,
      /no “step”/,
    ],
    ['a million texts', `[{"a":[${'"",'.repeat(million)}""]}]`, /no “step”/],
    ['an endless text', `[{"step":1,"x":"${'a'.repeat(20 * million)}`, /longer than 16 MiB/],
    ['an entry of 20 MB', `[{"step":1,"x":[${'1.5,'.repeat(5 * million)}1]}]`, /longer than 16 MiB/],
    ['a million of nothing', `[${'{},'.repeat(million / 10)}{}]`, /no “step”/],
    ['backslashes', `[{"x":"${'\\'.repeat(2 * million)}","step":1}]`, /no “mem_first”/],
    ['NaN a million times', `[{"step":1,"x":[${'NaN,'.repeat(million)}NaN]}]`, /no “mem_first”/],
    ['a prototype', '[{"__proto__":{"step":1},"constructor":1}]', /no “step”/],
  ])('%s: an error in good time', { timeout: 20_000 }, async (_, content, words) => {
    const started = performance.now();
    expect((await failureOf(read(content))).message).toMatch(words);
    expect(performance.now() - started).toBeLessThan(15_000);
  });
});
