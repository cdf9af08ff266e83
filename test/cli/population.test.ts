import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PopulationOutput } from '../../src/cli/commands/simulate/population';
import { program, type Program } from './program';

let cli: Program;
beforeAll(async () => {
  cli = await program([]);
});
afterAll(() => cli.remove());

const KERNEL = ['--rise', '0.4', '--a', '0.25', '--threshold', '1e4'];
const population = (...more: string[]) => cli.run('simulate', 'population', ...KERNEL, ...more);
async function json(...more: string[]): Promise<PopulationOutput> {
  const { code, stdout, stderr } = await population('--format', 'json', ...more);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as PopulationOutput;
}

describe('simulate population', () => {
  it('sets interventions beside the baseline', async () => {
    const asked = ['paraphrase', 'dedup', 'batch=4096', 'cap=1e-2', 'temper=0.5', 'dedup+cap=1e-2'];
    const { version, from, facts, baseline, interventions } = await json(
      ...['--facts', '1e4', '--copies', '4:100', '--duplicated-a', '0.3', '--duplicated-threshold', '3e3'],
      ...asked.flatMap((one) => ['--intervention', one]),
    );
    expect([version, from, facts]).toEqual([1, null, 10_000]);
    expect(interventions.map(({ name }) => name)).toEqual(asked);
    const [paraphrase, dedup, batch, cap, temper, both] = interventions;
    expect(baseline).toMatchObject({ batch: 1024, steps: 97_656, share: 0.01, rise: 0.4, peakDelay: 1 });
    expect(baseline.kernels).toMatchObject({
      duplication: { a: 0.3, facts: 100 },
      paraphrase: { facts: 9900 },
    });
    expect(paraphrase!.ranks[0]!.gain.mean).toBeGreaterThan(baseline.ranks[0]!.gain.mean);
    expect(paraphrase!.ranks[0]!.frequency).toBe(baseline.ranks[0]!.frequency);
    expect(dedup!.share).toBeLessThan(baseline.share);
    expect(batch).toMatchObject({ batch: 4096, steps: 24_414 });
    expect(cap!.ranks[0]!.frequency).toBe(0.01);
    expect(temper!.ranks.at(-1)!.frequency).toBeGreaterThan(baseline.ranks.at(-1)!.frequency);
    expect(both!.share).toBe(dedup!.share);
    expect(both!.ranks[0]!.frequency).toBe(0.01);
  });

  it('prints tables, the same for the same seed', async () => {
    const once = await population('--facts', '1e3', '--intervention', 'temper=0.7');
    expect(once.code, once.stderr).toBe(0);
    expect(once.stdout).toMatch(
      /^1,000 facts, ranked by their frequency; known: a gain of at least 1 nats at the end/,
    );
    expect(once.stdout).toMatch(/^baseline +97,656 +10,000 /m);
    expect(once.stdout).toMatch(/^temper=0.7 +97,656 +10,000 .* [+-][\d,]+ /m);
    expect(once.stdout).toMatch(/^1,000 +[\d.e-]+ +[\d.,]+ +[\d.,]+ /m);
    const again = await population('--facts', '1e3', '--intervention', 'temper=0.7');
    expect(again.stdout).toBe(once.stdout);
    const other = await population('--facts', '1e3', '--intervention', 'temper=0.7', '--seed', '2');
    expect(other.stdout).not.toBe(once.stdout);
  });

  it('says of which facts the gain is impossible, where the start is known', async () => {
    const { stdout } = await population('--facts', '1e3');
    expect(stdout).not.toContain('impossible');
    const { start, baseline } = await json('--facts', '1e3', '--baseline', '-7');
    expect(start).toBe(-7);
    expect(baseline.impossible!.facts).toBeGreaterThan(0);
    expect(
      baseline.ranks.every(({ rank, gain }) => gain.mean > 7 === rank <= baseline.impossible!.rank),
    ).toBe(true);
    const told = await population('--facts', '1e3', '--baseline', '-7', '--level', '8');
    expect(told.stdout).toContain(`impossible (baseline ${baseline.impossible!.facts}): with it`);
    expect(told.stdout).toContain('no fact can gain 8 nats');
  });

  it('balances by clusters of the facts’ vectors, whatever the order of the file', async () => {
    // Nine facts of one sort and three of another; the file is not in the order of the ranks.
    const counts = [100, 1, 2, 60, 70, 80, 90, 65, 75, 85, 95, 3];
    const rare = (count: number) => count < 10;
    await writeFile(
      join(cli.folder, 'counts.csv'),
      `fact,frequency\n${counts.map((count, i) => `f${i},${count}`).join('\n')}\n`,
    );
    await writeFile(
      join(cli.folder, 'vectors.jsonl'),
      counts.map((count, i) => JSON.stringify([rare(count) ? 5 : 0, i / 100])).join('\n'),
    );
    const { baseline, interventions } = await json(
      ...['--frequencies', 'counts.csv', '--vectors', 'vectors.jsonl', '--levels', '2'],
      ...['--intervention', 'balance=0.005', '--intervention', 'balance=1'],
    );
    expect(baseline.ranks.map(({ rank, fact }) => [rank, fact])).toEqual([
      [1, 'f0'],
      [2, 'f10'],
      [5, 'f5'],
      [10, 'f11'],
      [12, 'f1'],
    ]);
    const [little, all] = interventions;
    const frequency = (rank: number) => little!.ranks.find((one) => one.rank === rank)!.frequency;
    // Half of what is kept is of the rare sort: 3 of 6 of that half, and 1 of 6.
    expect(frequency(10)).toBeCloseTo(0.25, 10);
    expect(frequency(12)).toBeCloseTo(0.5 / 6, 10);
    expect(frequency(1)).toBeCloseTo((0.5 * 100) / 720, 10);
    expect({ ...all!, name: undefined }).toEqual({ ...baseline, name: undefined });
  });

  it.each([
    [['--intervention', 'dedup'], 'changes nothing'],
    [['--intervention', 'balance'], '--vectors'],
    [['--intervention', 'shuffle'], 'is none of'],
    [['--intervention', 'cap=2'], 'at most 1'],
    [['--intervention', 'cap=1e-9'], 'cap of at least'],
    [['--intervention', 'batch=64,a=0.2'], 'threshold='],
    [['--facts', '1.5'], 'whole number'],
    [['--share', '3'], 'at most 1'],
    [['--frequencies', 'none.csv'], 'none.csv'],
    [['--passes', '1e9'], 'fewer passes'],
    [['--vectors', 'few.csv', '--intervention', 'balance', '--facts', '9'], '2 vectors for 9 facts'],
    [
      ['--vectors', 'few.csv', '--intervention', 'balance', '--facts', '2'],
      '2 points cannot be put into 100',
    ],
  ])('refuses %j', async (more, told) => {
    await writeFile(join(cli.folder, 'few.csv'), '1,2\n3,4\n');
    const { code, stderr } = await population(...more);
    expect(code).toBe(2);
    expect(stderr).toMatch(new RegExp(told));
    expect(stderr).not.toMatch(/ at .*\.js:/);
  });
});
