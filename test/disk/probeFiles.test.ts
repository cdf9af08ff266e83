import { mkdtemp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FailureError } from '../../src/core/failure';
import { encountersOf } from '../../src/core/probes/schedule';
import { loadSchedules, readInjections } from '../../src/disk/injections';
import { loadProbeFile } from '../../src/disk/probeFiles';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'probe-files-'));
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

async function write(path: string, text: string) {
  await mkdir(dirname(join(dir, path)), { recursive: true });
  await writeFile(join(dir, path), text);
  return join(dir, path);
}
const file = (include: readonly string[], ...facts: readonly string[]) =>
  `version: 1\ninclude: [${include.join(', ')}]\nfacts: [${facts.map((id) => `{ id: ${id}, probes: [{ kind: semantic, prompt: p ${id}, target: t }] }`).join(', ')}]\n`;
const ids = (loaded: { facts: readonly { id: { value: string } }[] }) =>
  loaded.facts.map(({ id }) => id.value);

describe('what is no probe file', () => {
  const text = file([], 'Ä');
  test.each([
    ['UTF-16 with a mark', Buffer.from('\ufeff' + text, 'utf16le')],
    ['UTF-16 without one', Buffer.from(text, 'utf16le')],
    ['Latin-1, whose letters would be scored as others', Buffer.from(text, 'latin1')],
    ['bytes', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0xff])],
  ])('%s', async (_, bytes) => {
    const path = join(dir, 'x.probes.yaml');
    await writeFile(path, bytes);
    await expect(loadProbeFile(path)).rejects.toMatchObject({
      failure: { code: 'probe-file-encoding', file: path },
    });
  });

  test('a byte order mark does no harm', async () => {
    const path = await write('x.probes.yaml', `\ufeff${text}`);
    const { problems, whole } = await loadProbeFile(path);
    expect(problems).toEqual([]);
    expect(ids(whole)).toEqual(['Ä']);
  });
});

describe('a loaded file', () => {
  test('holds the facts of included files after its own, each file once', async () => {
    const path = await write('a.probes.yaml', file(['sub/b.probes.yaml', 'c.probes.yaml'], 'a1', 'a2'));
    await write('sub/b.probes.yaml', file(['../c.probes.yaml'], 'b1'));
    await write('c.probes.yaml', file([], 'c1'));
    const loaded = await loadProbeFile(path);
    expect(loaded.problems).toEqual([]);
    expect(ids(loaded.file)).toEqual(['a1', 'a2']);
    expect(ids(loaded.whole)).toEqual(['a1', 'a2', 'b1', 'c1']);
    expect(loaded.included.map((one) => one.path)).toEqual([
      join(dir, 'sub/b.probes.yaml'),
      join(dir, 'c.probes.yaml'),
    ]);
  });

  test('is of the editor’s text where one is given, whatever the disk says', async () => {
    const path = await write('a.probes.yaml', file([], 'old'));
    expect(ids((await loadProbeFile(path, { text: file([], 'new') })).file)).toEqual(['new']);
    expect(ids((await loadProbeFile(path)).file)).toEqual(['old']);
    expect(
      ids((await loadProbeFile(join(dir, 'unsaved.probes.yaml'), { text: file([], 'x') })).file),
    ).toEqual(['x']);
  });

  test('reads a file again once it has changed', async () => {
    const path = await write('a.probes.yaml', file(['b.probes.yaml'], 'a'));
    await write('b.probes.yaml', file([], 'b'));
    expect(ids((await loadProbeFile(path)).whole)).toEqual(['a', 'b']);
    await write('b.probes.yaml', file([], 'c'));
    expect(ids((await loadProbeFile(path)).whole)).toEqual(['a', 'c']);
  });
});

describe('an include that is wrong is a problem at its place, and the rest goes on', () => {
  const problemsOf = async (path: string) => {
    const { problems, text, whole } = await loadProbeFile(path);
    return {
      told: problems.map(({ code, range }) => [code, text.slice(range.start, range.end)]),
      ids: ids(whole),
      problems,
    };
  };

  test('missing', async () => {
    const path = await write('a.probes.yaml', file(['gone.yaml', 'b.yaml'], 'a'));
    await write('b.yaml', file([], 'b'));
    const { told, ids: all, problems } = await problemsOf(path);
    expect(told).toEqual([['include-unreadable', 'gone.yaml']]);
    expect(problems[0]!.message).toContain(join(dir, 'gone.yaml'));
    expect(all).toEqual(['a', 'b']);
  });

  test('a circle, through a link too', async () => {
    const path = await write('a.probes.yaml', file(['b.yaml'], 'a'));
    await write('b.yaml', file(['link.yaml'], 'b'));
    await symlink(path, join(dir, 'link.yaml'));
    expect(await problemsOf(path)).toMatchObject({ told: [['include-cycle', 'b.yaml']], ids: ['a', 'b'] });
    const itself = await write('self.yaml', file(['self.yaml'], 's'));
    expect(await problemsOf(itself)).toMatchObject({ told: [['include-cycle', 'self.yaml']], ids: ['s'] });
  });

  test('with errors of its own', async () => {
    const path = await write('a.probes.yaml', file(['b.yaml'], 'a'));
    await write('b.yaml', file([], 'b').replace('version: 1', 'version: x'));
    expect(await problemsOf(path)).toMatchObject({ told: [['include-broken', 'b.yaml']], ids: ['a', 'b'] });
  });

  test('with a fact that is here already', async () => {
    const path = await write('a.probes.yaml', file(['b.yaml', 'c.yaml'], 'a'));
    await write('b.yaml', file([], 'b'));
    await write('c.yaml', file([], 'b'));
    expect((await problemsOf(path)).told).toEqual([['duplicate-id', 'c.yaml']]);
  });
});

test('a file that is missing is a failure with its name and a remedy', async () => {
  const error = await loadProbeFile(join(dir, 'none.probes.yaml')).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(FailureError);
  expect((error as FailureError).failure).toMatchObject({
    code: 'probe-file-unreadable',
    file: join(dir, 'none.probes.yaml'),
  });
  await expect(loadProbeFile(dir)).rejects.toThrow(/a folder, not a probe file/);
});

describe('a schedule file', () => {
  test('is read line by line', async () => {
    const path = await write(
      'plan.jsonl',
      '\uFEFF{"step": 4, "fact": "a", "condition": "once", "text": "paraphrase:2", "copies": 3, "note": 1}\r\n\n{"step": 5, "fact": "b", "text": null}\n',
    );
    expect(await readInjections(path)).toEqual([
      { step: 4, fact: 'a', condition: 'once', text: { kind: 'paraphrase', number: 2 }, copies: 3 },
      { step: 5, fact: 'b', copies: 1 },
    ]);
  });

  test.each([
    ['not JSON', /not JSON/],
    ['7', /not a JSON object/],
    ['{"fact": "a"}', /“step”/],
    ['{"step": -1, "fact": "a"}', /“step”/],
    ['{"step": 1.5, "fact": "a"}', /“step”/],
    ['{"step": 1}', /“fact”/],
    ['{"step": 1, "fact": "a", "copies": 0}', /“copies”/],
    ['{"step": 1, "fact": "a", "condition": "ones"}', /“condition”/],
    ['{"step": 1, "fact": "a", "text": "paraphrase:0"}', /“text”/],
  ])('%s is refused with its line', async (line, message) => {
    const path = await write('plan.jsonl', `{"step": 0, "fact": "a"}\n${line}\n`);
    await expect(readInjections(path)).rejects.toThrow(message);
    await expect(readInjections(path)).rejects.toThrow(/plan\.jsonl, line 2\) Write/);
  });

  test('of any lines is read or refused, never anything else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(fc.json(), fc.string()), { maxLength: 4 }), async (lines) => {
        const path = await write('any.jsonl', lines.join('\n'));
        const rows = await readInjections(path).catch((error: unknown) => {
          expect(error).toBeInstanceOf(FailureError);
          return [];
        });
        expect(rows.every(({ step, copies }) => step >= 0 && copies >= 1)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test('that an included file names stands beside that file', async () => {
    const path = await write(
      'a.probes.yaml',
      'version: 1\ninclude: [sub/b.yaml]\nruns: [{ id: r, log: x, injections: own.jsonl }]\n',
    );
    await write(
      'sub/b.yaml',
      'version: 1\nfacts: [{ id: b, condition: duplication, injections: { r: plan.jsonl } }]\n',
    );
    await write('sub/plan.jsonl', '{"step": 30, "fact": "b"}\n');
    const { whole } = await loadProbeFile(path);
    const { files, problems } = await loadSchedules(whole, dir);
    expect(encountersOf(whole.facts[0]!, whole.runs[0]!, files).map(({ step }) => step)).toEqual([30]);
    expect(problems.map((problem) => [problem.path.value, problem.failure.code])).toEqual([
      ['own.jsonl', 'schedule-unreadable'],
    ]);
  });
});
