/** `import` of training logs as people run it, and what the other verbs then make of the run. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LogImportOutput } from '../../src/cli/commands/import';
import { publishedEntries, pythonJson } from '../disk/logs/logs';
import { program, type Program } from './program';

let cli: Program;
beforeAll(async () => {
  cli = await program([]);
  await writeFile(join(cli.folder, 'log.json'), pythonJson(publishedEntries(9, 2), 4));
  const rows = [0, 10, 20].flatMap((step) =>
    ['p', 'q'].map((probe) => ({ at: step, fact: 'f', probe, logprob_mean: -1 - step / 100 })),
  );
  await writeFile(join(cli.folder, 'log.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
  await writeFile(join(cli.folder, 'f.probes.yaml'), probeFile);
});
afterAll(() => cli.remove());

const probeFile = `version: 1
runs:
  - { id: r, log: r.scores, injections: [0], window: 10 }
facts:
  - id: f
    condition: duplication
    passage: Some text.
    probes:
      - { id: p, kind: semantic, prompt: Say this, target: red }
      - { id: q, kind: semantic, prompt: Say that, target: blue }
`;

describe('import', () => {
  it('brings in a published log, and says what to do with it', async () => {
    const { code, stdout, stderr } = await cli.run('import', 'log.json', '--out', 'a.scores');
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toBe(
      '30 probes of 2 facts at 9 steps, 0 to 8 (logged as 40,000 to 40,008): 270 values\n' +
        'Written to a.scores; in a probe file: runs: [{ id: a, log: a.scores }]\n',
    );
    expect(await readdir(join(cli.folder, 'a.scores'))).toContain('log.parquet');
    const again = await cli.run('import', 'log.json', '--out', 'a.scores');
    expect(again.stdout).toMatch(/The log in a.scores was replaced/);
  });

  it('says as JSON what it did, and in words what does not fit', async () => {
    const { code, stdout, stderr } = await cli.run(
      ...['import', 'log.jsonl', '--out', 'r.scores', '--probes', 'f.probes.yaml'],
      ...['--columns', 'step=at', '--run', 'r', '--format', 'json'],
    );
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      version: 1,
      kind: 'log',
      file: join(cli.folder, 'log.jsonl'),
      format: 'jsonl',
      out: join(cli.folder, 'r.scores'),
      run: 'r',
      facts: 1,
      probes: 2,
      steps: 3,
      firstStep: 0,
      lastStep: 20,
      firstLoggedStep: 0,
      lastLoggedStep: 20,
      values: 6,
      missing: 0,
      nan: 0,
      replaced: false,
      notes: [],
    } satisfies LogImportOutput);
  });

  it('makes a run that is checked, analysed, listed and not scored', async () => {
    await cli.run('import', 'log.jsonl', '--out', 'r.scores', '--columns', 'step=at');
    expect(await cli.run('check', 'f.probes.yaml')).toMatchObject({ code: 0, stdout: '' });
    const analyzed = await cli.run('analyze', 'f.probes.yaml', '--format', 'json');
    expect(analyzed.stderr).toBe('');
    const { runs } = JSON.parse(analyzed.stdout) as { runs: { run: string; steps: number[] }[] };
    expect(runs).toMatchObject([{ run: 'r', steps: [0, 10, 20] }]);
    const listed = await cli.run('results', 'f.probes.yaml', '--format', 'json');
    const rows = JSON.parse(listed.stdout) as Record<string, unknown>[];
    expect(rows).toHaveLength(6);
    expect(rows[1]).toMatchObject({ step: 10, probe: 'p', text: 'red', logprob_mean: -1.1, key: null });
    expect((await cli.run('results', 'f.probes.yaml')).stdout).toMatch(
      /r +20 +f +q +target +blue +– +-1\.2000/,
    );
    const scored = await cli.run('score', 'f.probes.yaml');
    expect(scored.code).toBe(2);
    expect(scored.stderr).toMatch(/measured elsewhere \(“log:”\).*nothing to score/);
  });

  it('refuses what it cannot use, with the place', async () => {
    const text = await readFile(join(cli.folder, 'log.json'), 'utf8');
    const at = text.indexOf(',', text.indexOf('{', 2000));
    await writeFile(join(cli.folder, 'broken.json'), `${text.slice(0, at)}!${text.slice(at)}`);
    const broken = await cli.run('import', 'broken.json', '--out', 'b.scores');
    expect(broken).toMatchObject({ code: 2, stdout: '' });
    expect(broken.stderr).toMatch(new RegExp(`error: Entry \\d+ .*broken\\.json, byte ${at}\\)`));
    expect(await readdir(cli.folder)).not.toContain('b.scores');
    const nowhere = await cli.run('import', 'nowhere.json', '--out', 'b.scores');
    expect(nowhere.stderr).toMatch(/There is no such file\. \(.*nowhere\.json\)/);
    const unlogged = await cli.run('analyze', 'f.probes.yaml', '--results', join(cli.folder, 'log.json'));
    expect(unlogged.code).toBe(0);
    await writeFile(join(cli.folder, 'g.probes.yaml'), probeFile.replace('r.scores', 'log.json'));
    const named = await cli.run('analyze', 'g.probes.yaml');
    expect(named.code).toBe(2);
    expect(named.stderr).not.toMatch(/Score/);
    expect(named.stderr).toMatch(/this is a file.*knowledge-probes import .*log\.json --out/);
    expect((await cli.run('check', 'g.probes.yaml')).stdout).toMatch(
      /g\.probes\.yaml:3:19: warning.*\[log-unusable\]/,
    );
  });
});
