import type { Command } from 'commander';
import type { GroupForecast } from '../../../core/dynamics/forward/forecastRun';
import { describeFailure, FailureError } from '../../../core/failure';
import { count, decimal, signed } from '../../../core/format';
import { createAnalyzer } from '../../../disk/analysis';
import { EXIT, type ExitCode } from '../../exitCodes';
import { amount, places } from '../../options';
import { warnOfOtherSource } from '../../otherSource';
import { addFormat, formatTable, printJson, type Format } from '../../output';
import { describeCeiling } from './startText';

interface Options {
  readonly run: string;
  readonly first: number;
  readonly results?: string;
  readonly format: Format;
}

/** JSON of `simulate forecast`. */
export interface RunForecast {
  readonly version: 1;
  readonly run: string;
  /** Encounters that were looked at. */
  readonly first: number;
  readonly groups: readonly GroupForecast[];
}

/** `simulate forecast`: the rest of a run from its first encounters, beside what came. */
export function addForecast(simulate: Command, end: (code: ExitCode) => void): void {
  addFormat(
    simulate
      .command('forecast')
      .description('the rest of a run, forecast from its first encounters, beside what came')
      .argument('<file>', 'probe file')
      .requiredOption('--run <id>', 'the run')
      .requiredOption('--first <n>', 'encounters to look at', amount(1))
      .option('--results <dir>', 'the results folder is there instead of beside the probe file'),
  ).action(async (file: string, { run, first, results, format }: Options) => {
    const place = places(file, results);
    await warnOfOtherSource(place);
    const { steps, groups, problems } = await createAnalyzer().forecast(place, run, first);
    if (steps.length === 0)
      throw new FailureError(
        problems[0] ?? {
          code: 'nothing-scored',
          message: `Run ${run} has no scores yet.`,
          file: place.path,
          remedy: `Score it first: knowledge-probes score ${file} --run ${run}`,
        },
      );
    for (const problem of problems) process.stderr.write(`error: ${describeFailure(problem)}\n`);
    const forecast: RunForecast = { version: 1, run, first, groups };
    end(problems.length === 0 ? EXIT.ok : EXIT.problems);
    if (format === 'json') await printJson(forecast);
    else process.stdout.write(`${describe(forecast)}\n`);
  });
}

function describe({ run, first, groups }: RunForecast): string {
  const until = Math.max(0, ...groups.map((group) => group.until));
  return [
    `Run ${run}, forecast from its first ${first === 1 ? 'encounter' : `${first} encounters`} (up to step ${count(until)}): errors over the later checkpoints, nats per`,
    'token, of the mean over probes; staying: the error of guessing that the last level seen stays',
    formatTable(
      [
        'condition',
        'kind',
        'probes',
        'a',
        'b',
        'rise',
        'RMSE',
        'staying',
        'bias',
        'at the end',
        'truth there',
      ],
      groups.flatMap(({ condition, kind, probes, kernel, rise, error, truth }) =>
        error === null || kernel === null
          ? []
          : [
              [
                ...[condition ?? '–', kind ?? '–', String(probes)],
                ...[kernel.a, kernel.b, rise, error.rmse, error.rmseOfStaying].map((value) =>
                  decimal(value, 3),
                ),
                ...[error.bias, error.atEnd, truth.at(-1)!].map((value) => signed(value, 3)),
              ],
            ],
      ),
    ),
    ...groups.flatMap(({ net, baseline, steps, predicted, impossibleFrom, ...group }) => {
      if (impossibleFrom === null) return [];
      const level = predicted[steps.indexOf(impossibleFrom)]!;
      const ceiling = describeCeiling(`step ${count(impossibleFrom)}`, baseline!, level, net);
      return [`Note: ${nameOf(group)}: ${ceiling}`];
    }),
    ...groups.flatMap(({ why, ...group }) =>
      why === null ? [] : [`No forecast of ${nameOf(group)}: ${why}`],
    ),
  ].join('\n');
}

function nameOf({ condition, kind }: Pick<GroupForecast, 'condition' | 'kind'>): string {
  return `${condition ?? 'no condition'}, ${kind ?? 'no kind'}`;
}
