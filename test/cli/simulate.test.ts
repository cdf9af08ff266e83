import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EncountersSimulation } from '../../src/cli/commands/simulate/encounters';
import type { RunForecast } from '../../src/cli/commands/simulate/forecast';
import type { IntervalSimulation } from '../../src/cli/commands/simulate/interval';
import type { ScheduleSimulation } from '../../src/cli/commands/simulate/schedule';
import type { RunAnalysis } from '../../src/core/dynamics/analysis';
import { kernelAt, type Kernel } from '../../src/core/dynamics/kernel/kernel';
import { writePart } from '../../src/disk/results/write';
import { madeUp, regular } from '../core/dynamics/madeUp';
import { probeFile, scored } from '../core/results/scored';
import { program, type Program } from './program';

const NUMBERS = ['--a', '0.25', '--threshold', '10000', '--rise', '0.5'];

const FACTS = Array.from({ length: 6 }, (_, i) => `fact-${i}`);
const TEXT = `version: 1
runs:
  - id: r
    checkpoints: nowhere/step-{step}
    tokensPerStep: 1000
    injections: { start: 0, every: 100, times: 10 }
facts:
${FACTS.map(
  (id) => `  - id: ${id}
    condition: duplication
    passage: The ${id} is that something happened.
    probes:
      - { id: m, kind: memorization, prompt: 'The ${id} is that', target: something }
`,
).join('')}  - id: never
    condition: control
    passage: This is never met.
    probes:
      - { id: s, kind: semantic, prompt: This is, target: never }
`;

const encounters = regular(10, 100);
const steps = [
  ...new Set([
    ...encounters.flatMap((at) => [0, 5, 10, 15, 25, 40, 60].map((lag) => at + lag)),
    ...Array.from({ length: 25 }, (_, i) => 910 + Math.round(10 ** (1 + i / 10))),
  ]),
].sort((a, b) => a - b);

let cli: Program;
let file: string;
const run = (...args: string[]) => cli.run('simulate', ...args);
async function json<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await run(...args, '--format', 'json');
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as T;
}

beforeAll(async () => {
  cli = await program([]);
  file = join(cli.folder, 'made.probes.yaml');
  await writeFile(file, TEXT);
  await score('made.scores', { a: 0.25, b: 1 }, 0);
});
afterAll(() => cli.remove());

/** Results of a run of that kernel. @param noise nats */
async function score(folder: string, kernel: Kernel, noise: number): Promise<void> {
  const probes = madeUp({ kernel, encounters, steps, facts: FACTS.length, spread: 0.3, noise });
  const made = probeFile(TEXT);
  for (const [i, step] of steps.entries())
    await writePart(
      join(cli.folder, folder),
      'r',
      step,
      scored(made, 'r', step, ({ fact }) => probes[FACTS.indexOf(fact)]?.series.values[i] ?? -9),
    );
}

describe('simulate schedule', () => {
  it('predicts at the steps that are asked for', async () => {
    const simulation = await json<ScheduleSimulation>(
      ...['schedule', ...NUMBERS, '--every', '100', '--times', '2', '--peak-delay', '10'],
      ...['--steps', '0,10,100,110,1010', '--tokens-per-step', '2000'],
    );
    const left = (lag: number) => 0.5 * kernelAt({ a: 0.25, b: 1 }, lag);
    expect(simulation).toMatchObject({ version: 1, threshold: 10_000, from: null, encounters: [0, 100] });
    expect(simulation.trajectory.map(({ step, tokens }) => [step, tokens])).toEqual(
      [0, 10, 100, 110, 1010].map((step) => [step, 2000 * step]),
    );
    const expected = [0, 0.5, left(90), left(100) + 0.5, left(1000) + left(900)];
    for (const [i, { level }] of simulation.trajectory.entries()) expect(level).toBeCloseTo(expected[i]!, 12);
  });

  it('takes encounters one by one, and tells peaks', async () => {
    const { code, stdout } = await run('schedule', ...NUMBERS, '--at', '0,40,400', '--until', '500');
    expect(code).toBe(0);
    expect(stdout).toContain('learnability threshold 10,000 steps');
    expect(stdout).toMatch(/^ *400 +\+0\.\d+ +encounter 3$/m);
    expect(stdout).toMatch(/^ *401 +\+\d\.\d+ +peak 3$/m);
    expect(stdout).toMatch(/^ *500 +\+/m);
    expect(stdout).not.toMatch(/^ *(60[0-9]|[1-9],)/m);
  });

  it('tells round numbers of a hundred thousand encounters, and the last', async () => {
    const many = ['schedule', ...NUMBERS, '--every', '10', '--times', '100000'];
    const { encounters, trajectory } = await json<ScheduleSimulation>(...many);
    expect(encounters).toHaveLength(100_000);
    const told = trajectory.map(({ step }) => step);
    expect(told).toEqual(expect.arrayContaining([0, 10, 40, 199_990, 499_990, 999_990, 999_991]));
    expect(told.length).toBeLessThan(60);
    const { stdout } = await run(...many);
    expect(stdout).toMatch(/^ *499,991 .*peak 50000$/m);
  });
});

describe('a simulation that would exceed probability 1', () => {
  const often = ['schedule', ...NUMBERS, '--every', '10', '--times', '20', '--until', '200'];

  it('is not clipped, and says from which encounter and step on it is impossible', async () => {
    const plain = await json<ScheduleSimulation>(...often);
    expect(plain).toMatchObject({ baseline: null, impossibleFrom: null });
    const told = await json<ScheduleSimulation>(...often, '--baseline', '-3');
    expect(told.trajectory).toEqual(plain.trajectory);
    const first = told.trajectory.find(({ level }) => level > 3)!;
    expect(told).toMatchObject({ baseline: -3, impossibleFrom: { step: first.step } });
    expect(told.impossibleFrom!.level).toBeCloseTo(first.level, 12);
    const { encounter, step } = told.impossibleFrom!;
    expect(told.encounters[encounter - 1]! + 1).toBe(step);
    const { stdout } = await run(...often, '--baseline', '-3');
    expect(stdout).toContain(`impossible from the peak of encounter ${encounter} (step ${step}) on: −3.000`);
    expect((await run(...often)).stdout).not.toContain('impossible');
    expect((await run(...often, '--baseline', '-30')).stdout).not.toContain('impossible');
    // Not up to the last step that is asked for.
    const early = await json<ScheduleSimulation>(...often, '--baseline', '-3', '--steps', String(step - 1));
    expect(early.impossibleFrom).toBeNull();
  });

  it('says so of intervals and of numbers of encounters, too', async () => {
    const asked = [...NUMBERS, '--baseline', '-1.5', '--level', '2'];
    const interval = await json<IntervalSimulation>('interval', ...asked, '--times', '10');
    expect(interval.impossibleFrom!.encounter).toBeLessThanOrEqual(10);
    expect(interval.impossibleFrom!.level).toBeGreaterThan(1.5);
    const encounters = await json<EncountersSimulation>('encounters', ...asked, '--every', '50');
    expect(encounters.impossibleFrom!.level).toBeGreaterThan(1.5);
    // No more than 1.454 nats are ever reached, and 1.4 are passed.
    const never = await run('encounters', ...asked, '--baseline', '-1.4', '--every', '500');
    expect(never.stdout).toMatch(/never reach 2\.000 nats[^]*impossible from the peak of encounter/);
    const possible = [...NUMBERS, '--baseline', '-7', '--level', '2', '--every', '50'];
    expect((await json<EncountersSimulation>('encounters', ...possible)).impossibleFrom).toBeNull();
    expect((await run('interval', ...asked, '--level', '0.5')).stdout).not.toContain('impossible');
  });

  it('knows where a run starts', async () => {
    const from = ['--from', file, '--run', 'r', '--rise', '4', '--every', '100', '--times', '10'];
    const { baseline, impossibleFrom } = await json<ScheduleSimulation>('schedule', ...from);
    const { runs } = JSON.parse(
      (await cli.run('analyze', file, '--format', 'json', '--bootstrap', '0')).stdout,
    ) as { runs: RunAnalysis[] };
    expect(baseline).toBe(
      runs[0]!.groups.find(({ condition }) => condition === 'duplication')!.kernel!.baseline,
    );
    expect(baseline).toBeLessThan(-6);
    expect(baseline).toBeGreaterThan(-7);
    expect(impossibleFrom).toMatchObject({ encounter: 3, step: 210 });
  });
});

describe('simulate interval and encounters', () => {
  it('agree with each other', async () => {
    const { answer, intervalTokens } = await json<IntervalSimulation>(
      ...['interval', ...NUMBERS, '--level', '2', '--times', '10', '--tokens-per-step', '1000'],
    );
    if (answer.kind !== 'interval') throw new Error(answer.kind);
    expect(intervalTokens).toBe(answer.interval * 1000);
    const often = (every: number) =>
      json<EncountersSimulation>('encounters', ...NUMBERS, '--level', '2', '--every', String(every));
    expect((await often(answer.interval)).answer).toMatchObject({ kind: 'encounters', encounters: 10 });
    expect((await often(answer.interval + 1)).answer).toMatchObject({ kind: 'encounters', encounters: 11 });
  });

  it('say never, and what is approached', async () => {
    const never = await run('encounters', ...NUMBERS, '--level', '2', '--every', '5000');
    expect(never.code).toBe(0);
    expect(never.stdout).toContain('never reach 2.000 nats: however many there are');
    const { stdout } = await run('interval', ...NUMBERS, '--level', '0.5');
    expect(stdout).toContain('Endless encounters reach 0.500 nats at any interval.');
  });
});

describe('a kernel of a run', () => {
  it('stands in analyze beside the horizon, which lies far out', async () => {
    const { code, stdout, stderr } = await cli.run('analyze', file, '--format', 'json', '--bootstrap', '50');
    expect(code, stderr).toBe(0);
    const { runs } = JSON.parse(stdout) as { runs: RunAnalysis[] };
    const { kernel, retention } = runs[0]!.groups.find(({ condition }) => condition === 'duplication')!;
    expect(kernel).toMatchObject({ net: false, probes: 6, peakDelay: 10, why: null });
    expect(kernel!.fit!.a).toBeCloseTo(0.25, 6);
    expect(kernel!.fit!.threshold).toBeCloseTo(10_000, 0);
    expect(kernel!.fit!.thresholdTokens! / 1e7).toBeCloseTo(1, 4);
    expect(kernel!.fit!.interval!.threshold!.low).toBeCloseTo(10_000, 0);
    expect(retention!.fit!.horizon!).toBeGreaterThan(100_000);
    expect(runs[0]!.groups.find(({ condition }) => condition === 'control')!.kernel).toBeNull();
    const text = await cli.run('analyze', file, '--bootstrap', '0');
    expect(text.stdout).toMatch(/^duplication · memorization .* 10,000\*$/m);
  });

  it('is what a simulation starts from', async () => {
    const simulation = await json<IntervalSimulation>(
      'interval',
      '--from',
      file,
      '--run',
      'r',
      '--level',
      '2',
    );
    expect(simulation.kernel.a).toBeCloseTo(0.25, 6);
    expect(simulation.peakDelay).toBe(10);
    expect(simulation.from).toMatchObject({
      run: 'r',
      condition: 'duplication',
      kind: 'memorization',
      net: false,
      falls: true,
      extrapolated: true,
      longestLag: steps.at(-1)! - 10,
    });
    const own = await json<IntervalSimulation>(
      ...['interval', '--from', file, '--run', 'r', '--level', '2', '--rise', '1'],
    );
    expect(own.rise).toBe(1);
  });

  it('says where no fall is measured, as analyze does', async () => {
    await score('unsettled/made.scores', { a: 0.02, b: 0.6 }, 0.4);
    const where = ['--results', join(cli.folder, 'unsettled')];
    const { stdout } = await cli.run('analyze', file, ...where, '--bootstrap', '0');
    expect(stdout).toMatch(/^duplication · memorization .* none: no measurable fall$/m);
    const from = ['schedule', '--from', file, '--run', 'r', ...where, '--every', '100', '--times', '2'];
    expect((await run(...from)).stdout).toMatch(/no measurable fall, the threshold says nothing/);
    expect((await json<ScheduleSimulation>(...from)).from).toMatchObject({ falls: false });
  });
});

describe('simulate forecast', () => {
  it('foretells a run without noise', async () => {
    const { version, first, groups } = await json<RunForecast>(
      'forecast',
      file,
      '--run',
      'r',
      '--first',
      '3',
    );
    expect([version, first, groups.length]).toEqual([1, 3, 1]);
    expect(groups[0]).toMatchObject({
      condition: 'duplication',
      seen: 3,
      encounters: 10,
      until: 300,
      probes: 6,
    });
    expect(groups[0]!.steps).toEqual(steps.filter((step) => step > 300));
    expect(groups[0]!.error!.rmse).toBeLessThan(1e-4);
    const { stdout } = await run('forecast', file, '--run', 'r', '--first', '3');
    expect(stdout).toMatch(/^duplication +memorization +6 +0\.250 +1\.000 /m);
  });
});

describe('wrong use of simulate ends with 2 and says what to do', () => {
  it.each<[string, string[], RegExp]>([
    ['no kernel', ['interval', '--level', '1', '--rise', '1'], /--a with either --threshold or --b/],
    ['two ends', ['interval', '--level', '1', ...NUMBERS, '--b', '1'], /--a with either --threshold or --b/],
    ['no rise', ['encounters', '--level', '1', '--every', '5', '--a', '1', '--b', '1'], /--rise is missing/],
    ['no level', ['interval', ...NUMBERS], /required option '--level/],
    ['a level that is none', ['interval', ...NUMBERS, '--level', 'much'], /number above 0/],
    [
      'a threshold where nothing is lost',
      ['interval', '--level', '1', '--a', '0', '--threshold', '9', '--rise', '1'],
      /--b instead/,
    ],
    ['no schedule', ['schedule', ...NUMBERS, '--every', '10'], /--every and --times/],
    [
      'two schedules',
      ['schedule', ...NUMBERS, '--every', '10', '--times', '2', '--at', '5'],
      /exclude each other/,
    ],
    [
      'a run without a file',
      ['schedule', ...NUMBERS, '--every', '10', '--times', '2', '--run', 'r'],
      /--run says nothing without --from/,
    ],
    ['a probability above 1', ['interval', '--level', '1', ...NUMBERS, '--baseline', '0.1'], /at most 0/],
    ['an unknown condition', ['interval', '--level', '1', '--condition', 'often'], /Allowed choices/],
    ['no first', ['forecast', 'x.probes.yaml', '--run', 'r'], /required option '--first/],
    [
      'a file that is not there',
      ['forecast', 'x.probes.yaml', '--run', 'r', '--first', '1'],
      /x\.probes\.yaml/,
    ],
  ])('%s', async (_, args, message) => {
    const { code, stdout, stderr } = await run(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });

  it.each<[string, string[], RegExp]>([
    ['both numbers and a run', ['--a', '1'], /--a and --from exclude/],
    ['an unknown run', ['--run', 'q'], /no run “q”.*It has: r/],
    ['probes that are not there', ['--kind', 'composition'], /no such probes.*duplication · memorization/],
    ['controls', ['--condition', 'control'], /no such probes/],
  ])('%s', async (_, args, message) => {
    const { code, stderr } = await run('interval', '--level', '1', '--from', file, '--run', 'r', ...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  it('more encounters than there are', async () => {
    const { code, stderr } = await run('forecast', file, '--run', 'r', '--first', '10');
    expect(code).toBe(2);
    expect(stderr).toContain('Give at most 9 with --first.');
  });
});
