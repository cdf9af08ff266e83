import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProbeLine } from '../../src/core/probes/forTraining';
import type { ProbeFile } from '../../src/core/probes/model';
import type { ScoreRow } from '../../src/core/results/row';
import { findCheckpoints } from '../../src/disk/checkpoints';
import { exportProbes } from '../../src/disk/export/export';
import { readLog } from '../../src/disk/logs/folder';
import { importLog } from '../../src/disk/logs/importLog';
import { openSource } from '../../src/disk/logs/source';
import { loadProbeFile } from '../../src/disk/probeFiles';
import { scoreCheckpoint } from '../../src/scoring/checkpoint/checkpoint';
import { rowsOnDisk } from '../scoring/helpers';
import { foilsAsScored } from '../../src/scoring/job/foils';
import { planTasks } from '../../src/scoring/job/plan';
import { pythonWith } from '../python';

const EXAMPLES = new URL('../../examples/', import.meta.url).pathname;
const PROBE_FILE = join(EXAMPLES, 'invented-facts.probes.yaml');
const CHECK = new URL('log_probes_check.py', import.meta.url).pathname;
const RUN = 's1';
const STEPS = [0, 7, 50, 454, 1500];
const MEASURES = ['logprob_mean', 'logprob_sum', 'logprob_first', 'logprob_full'] as const;

type Measures = Readonly<Record<Exclude<(typeof MEASURES)[number], 'logprob_full'> | 'n_tokens', number>> & {
  /** Null where it was not asked for. */
  readonly logprob_full: number | null;
};
type Line = Measures & {
  readonly step: number;
  readonly fact: string;
  readonly probe: string;
  readonly logprob_foils: number;
};
/** Items and scores of examples/reference; their first columns. */
interface Reference {
  readonly items: readonly (readonly [string, string, string, string, number, string, number])[];
  readonly scores: Readonly<Record<string, readonly (readonly [number, number, number, number])[]>>;
}

const python = pythonWith('torch', 'onnx');

describe.skipIf(python === undefined)('log_probes.py in PyTorch (skipped without torch and onnx)', () => {
  let folder: string;
  let seen: unknown;
  let lines: Line[];
  const reference = JSON.parse(readFileSync(join(EXAMPLES, `reference/${RUN}.json`), 'utf8')) as Reference;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'log-probes-'));
    const [probes, log] = [join(folder, 'probes.jsonl'), join(folder, 'log.jsonl')];
    const exported: string[] = [];
    const tokenizer = join(EXAMPLES, 'checkpoints');
    const choose = async (file: ProbeFile) => foilsAsScored(file, folder, tokenizer);
    for await (const line of exportProbes(PROBE_FILE, choose)) exported.push(line);
    // One that accepts two targets: the example has none.
    const first = JSON.parse(exported[0]!) as ProbeLine;
    const either = { ...first, probe: 'either', targets: [...first.targets, first.foils[0]] };
    await writeFile(probes, [...exported, `${JSON.stringify(either)}\n`].join(''));
    const ended = spawnSync(python!, [CHECK, EXAMPLES, probes, log, RUN, ...STEPS.map(String)], {
      encoding: 'utf8',
    });
    expect(ended.status, ended.stderr).toBe(0);
    seen = JSON.parse(ended.stdout);
    lines = readFileSync(log, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const lineOf = (step: number, fact: string, probe: string) =>
    lines.find((line) => line.step === step && line.fact === fact && line.probe === probe)!;
  /** Nats per token. */
  const difference = (ours: Measures, theirs: Measures): number => {
    expect(ours.n_tokens).toBe(theirs.n_tokens);
    return Math.max(
      ...MEASURES.map((name) => {
        const [one, other] = [ours[name]!, theirs[name]];
        return other === null ? 0 : Math.abs(one - other) / (name === 'logprob_sum' ? ours.n_tokens : 1);
      }),
    );
  };

  it('has a line for every probe and step, in order', () => {
    expect(lines.map(({ step }) => step)).toEqual(STEPS.flatMap((step) => Array<number>(121).fill(step)));
  });

  it('gives the numbers of the reference, which PyTorch computed in float64 without padding', () => {
    let [most, compared] = [0, 0];
    for (const step of STEPS)
      for (const [i, [fact, probe, , role, , , n_tokens]] of reference.items.entries()) {
        if (role !== 'target') continue;
        const [logprob_mean, logprob_sum, logprob_first, logprob_full] = reference.scores[step]![i]!;
        const theirs = { logprob_mean, logprob_sum, logprob_first, logprob_full, n_tokens };
        most = Math.max(most, difference(lineOf(step, fact, probe), theirs));
        compared++;
      }
    console.log(`reference: largest difference ${most.toExponential(1)} nats over ${compared} probes and steps`);
    expect(compared).toBe(STEPS.length * 120);
    expect(most).toBeLessThanOrEqual(1e-5);
  });

  it('gives the scorer’s own numbers from the same checkpoints', async () => {
    const { whole } = await loadProbeFile(PROBE_FILE);
    const run = whole.runs.find(({ id }) => id.value === RUN)!;
    const { checkpoints } = await findCheckpoints(run, EXAMPLES);
    const chosen = checkpoints.filter(({ step }) => STEPS.includes(step));
    const rows: ScoreRow[] = [];
    const { tasks } = await planTasks(whole, [{ run: RUN, checkpoints: chosen }], { results: folder });
    for (const task of tasks) {
      await scoreCheckpoint(task);
      rows.push(...(await rowsOnDisk(task)));
    }
    const targets = rows.filter(({ role }) => role === 'target');
    expect(targets).toHaveLength(STEPS.length * 120);
    const most = Math.max(...targets.map((row) => difference(lineOf(row.step, row.fact, row.probe), row)));
    const foils = Math.max(
      ...targets.map(({ step, fact, probe }) => {
        const own = rows.filter((row) => row.role === 'foil' && row.step === step && row.probe === probe);
        const means = own.filter((row) => row.fact === fact).map(({ logprob_mean }) => logprob_mean);
        const mean = means.reduce((sum, each) => sum + each, 0) / means.length;
        return Math.abs(lineOf(step, fact, probe).logprob_foils - mean);
      }),
    );
    console.log(
      `scorer: largest difference ${most.toExponential(1)} nats over ${targets.length} rows, ` +
        `${foils.toExponential(1)} in the means of foils`,
    );
    expect(most).toBeLessThanOrEqual(1e-5);
    expect(foils).toBeLessThanOrEqual(1e-5);
  });

  it('writes what import reads, to the last bit', async () => {
    const out = join(folder, 'run.scores');
    const source = await openSource(join(folder, 'log.jsonl'));
    expect(await importLog({ source, format: 'jsonl', out })).toMatchObject({
      probes: 121,
      steps: STEPS.length,
      missing: 0,
      nan: 0,
      notes: [],
    });
    const stored = await readLog(out);
    if ('code' in stored) throw new Error(stored.message);
    const { steps, probes, logprob_mean: mean, logprob_foils: foils } = stored.log;
    expect(steps).toEqual(STEPS);
    for (const [i, { fact, probe }] of probes.entries())
      for (const [j, step] of steps.entries()) {
        expect(mean.values[i * steps.length + j]).toBe(lineOf(step, fact, probe).logprob_mean);
        expect(foils!.values[i * steps.length + j]).toBe(lineOf(step, fact, probe).logprob_foils);
      }
  });

  it('takes the probability of any of several accepted targets, per token of the first', () => {
    const [target, foil] = reference.items.slice(0, 2);
    expect([target![3], foil![3]]).toEqual(['target', 'foil']);
    for (const step of STEPS) {
      const sums = reference.scores[step]!.slice(0, 2).map(([, sum]) => sum);
      const line = lineOf(step, target![0], 'either');
      expect(line.n_tokens).toBe(target![6]);
      expect(line.logprob_sum).toBeCloseTo(Math.log(Math.exp(sums[0]!) + Math.exp(sums[1]!)), 4);
      expect(line.logprob_mean).toBeCloseTo(line.logprob_sum / line.n_tokens, 12);
    }
  });

  it('leaves the model in its modes, measures in none that trains, and cuts a killed job’s log', () => {
    expect(seen).toEqual({ left: [0], modes_kept: true, trained: false });
  });
});
