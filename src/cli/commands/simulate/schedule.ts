import type { Command } from 'commander';
import { firstImpossible, type Impossible } from '../../../core/dynamics/forward/ceiling';
import { predictLevels } from '../../../core/dynamics/forward/predict';
import { count, signed } from '../../../core/format';
import { EXIT, type ExitCode } from '../../exitCodes';
import { amount, positive, stepList } from '../../options';
import { addFormat, formatTable, printJson, type Format } from '../../output';
import { addKernelOptions, startFrom, wrong, type KernelChoice, type Start } from './kernelOptions';
import { describeImpossible, describeStart } from './startText';

interface Options extends KernelChoice {
  readonly every?: number;
  readonly times?: number;
  readonly start: number;
  readonly at?: readonly number[];
  readonly steps?: readonly number[];
  readonly until?: number;
  readonly tokensPerStep?: number;
  readonly format: Format;
}

/** JSON of `simulate schedule`. */
export interface ScheduleSimulation extends Start {
  readonly version: 1;
  /** Steps. */
  readonly encounters: readonly number[];
  /** At the steps asked for; else at encounters and peaks, of more than a hundred at those of round numbers, and after. */
  readonly trajectory: readonly SimulatedPoint[];
  /** Where it passes log probability 0, up to its last step; null where it does not, or the baseline is not known. */
  readonly impossibleFrom: Impossible | null;
}

export interface SimulatedPoint {
  readonly step: number;
  /** Tokens seen by then, with --tokens-per-step; null without. */
  readonly tokens: number | null;
  /** Predicted change of log probability since the start, nats. */
  readonly level: number;
}

/** `simulate schedule`: the trajectory that a schedule leads to. */
export function addSchedule(simulate: Command, end: (code: ExitCode) => void): void {
  addFormat(
    addKernelOptions(
      simulate
        .command('schedule')
        .description('the trajectory that a schedule leads to, by the forward model')
        .option('--every <steps>', 'interval between encounters', amount(1))
        .option('--times <n>', 'number of encounters', amount(1, 1e5))
        .option('--start <step>', 'first encounter', amount(0), 0)
        .option('--at <steps>', 'encounters at these steps instead, for example 0,50,400', stepList)
        .option('--steps <steps>', 'predict at these steps', stepList)
        .option('--until <step>', 'last step to predict', amount(1))
        .option('--tokens-per-step <n>', 'tokens of a step: batch × sequence length', positive),
    ),
  ).action(async (options: Options) => {
    const encounters = encountersFrom(options);
    const start = await startFrom(options);
    const steps = options.steps ?? telling(encounters, start.peakDelay, options.until);
    const { kernel, peakDelay, baseline } = start;
    const schedule = { encounters, rises: encounters.map(() => start.rise), kernel, peakDelay };
    const levels = predictLevels(schedule, steps);
    const { tokensPerStep } = options;
    const simulation: ScheduleSimulation = {
      version: 1,
      ...start,
      encounters,
      trajectory: steps.map((step, i) => ({
        step,
        tokens: tokensPerStep === undefined ? null : step * tokensPerStep,
        level: levels[i]!,
      })),
      impossibleFrom: baseline === null ? null : firstImpossible(schedule, baseline, Math.max(...steps)),
    };
    if (options.format === 'json') await printJson(simulation);
    else process.stdout.write(`${describe(simulation)}\n`);
    end(EXIT.ok);
  });
}

function encountersFrom({ every, times, start, at }: Options): readonly number[] {
  if (at !== undefined) {
    if (every !== undefined || times !== undefined)
      throw wrong('--at and --every with --times exclude each other.', 'Give one of them.');
    return [...new Set(at)].sort((a, b) => a - b);
  }
  if (every === undefined || times === undefined)
    throw wrong('The schedule is not settled.', 'Give --every and --times, or the steps with --at.');
  return Array.from({ length: times }, (_, i) => start + i * every);
}

/** Lags after the last peak that are predicted unless others are asked for. */
const LAGS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 1e4, 2e4, 5e4, 1e5] as const;

/** Encounters that are told one by one; of more, those with round numbers and the last. */
const MOST_TOLD = 100;

function toldOf(encounters: readonly number[]): readonly number[] {
  const { length } = encounters;
  if (length <= MOST_TOLD) return encounters;
  const numbers = Array.from({ length: 18 }, (_, i) => [1, 2, 5][i % 3]! * 10 ** Math.floor(i / 3));
  return [...numbers.filter((number) => number < length), length].map((number) => encounters[number - 1]!);
}

/** Encounters, their peaks, and round lags after the last one, ten times as far as the encounters reach. */
function telling(encounters: readonly number[], peakDelay: number, until: number | undefined): number[] {
  const first = encounters[0]!;
  const lastPeak = encounters.at(-1)! + peakDelay;
  const last = until ?? lastPeak + Math.max(1000, 10 * (lastPeak - first));
  const steps = [
    ...toldOf(encounters).flatMap((encounter) => [encounter, encounter + peakDelay]),
    ...LAGS.map((lag) => lastPeak + lag),
    ...(until === undefined ? [] : [until]),
  ];
  return [...new Set(steps)].filter((step) => step <= last).sort((a, b) => a - b);
}

function describe({ encounters, trajectory, impossibleFrom, ...start }: ScheduleSimulation): string {
  const hasTokens = trajectory.some(({ tokens }) => tokens !== null);
  const numbers = new Map(encounters.map((step, i) => [step, `encounter ${i + 1}`]));
  const peaks = new Map(encounters.map((step, i) => [step + start.peakDelay, `peak ${i + 1}`]));
  return [
    describeStart(start),
    '',
    'Predicted change of log probability since the start, nats per token',
    formatTable(
      ['step', ...(hasTokens ? ['tokens'] : []), 'level', ''],
      trajectory.map(({ step, tokens, level }) => [
        count(step),
        ...(hasTokens ? [count(tokens)] : []),
        signed(level, 3),
        [peaks.get(step), numbers.get(step)].filter((part) => part !== undefined).join(', '),
      ]),
    ),
    ...describeImpossible(start, impossibleFrom),
  ].join('\n');
}
