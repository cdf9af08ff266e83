import type { Command } from 'commander';
import type { GroupAnalysis, Retention, RunAnalysis } from '../../../core/dynamics/analysis';
import {
  describeHorizon,
  describeHorizonTokens,
  describeMeasured,
  describeUsed,
  retainedAt,
} from '../../../core/dynamics/describe';
import { describeFailure, FailureError } from '../../../core/failure';
import { count, decimal } from '../../../core/format';
import { analyzeFile } from '../../../disk/analysis';
import { EXIT, type ExitCode } from '../../exitCodes';
import { places } from '../../options';
import { addFormat, formatTable, printJson, type Format } from '../../output';

interface Options {
  readonly run?: string;
  readonly fact?: string;
  readonly results?: string;
  readonly format: Format;
}

export function addAnalyze(program: Command, end: (code: ExitCode) => void): void {
  addFormat(
    program
      .command('analyze')
      .description('effectivity, forgetting and specificity of each run, per condition and kind')
      .argument('<file>', 'probe file')
      .option('--run <id>', 'only this run')
      .option('--fact <id>', 'only this fact')
      .option('--results <dir>', 'the results folder is there instead of beside the probe file'),
  ).action(async (file: string, { format, results, ...selection }: Options) => {
    const place = places(file, results);
    const { runs, problems } = await analyzeFile(place, selection);
    for (const problem of problems) process.stderr.write(`error: ${describeFailure(problem)}\n`);
    if (runs.length === 0) throw nothingScored(place.path);
    if (format === 'json') printJson({ version: 1, runs });
    else process.stdout.write(`${runs.map(describeRun).join('\n\n')}\n`);
    end(problems.length === 0 ? EXIT.ok : EXIT.problems);
  });
}

function nothingScored(file: string): FailureError {
  return new FailureError({
    code: 'nothing-scored',
    message: 'There are no scores to analyze yet.',
    file,
    remedy: `Score them first: knowledge-probes score ${file}`,
  });
}

/** A run's tables for people. */
function describeRun(analysis: RunAnalysis): string {
  const { run, group, seed, window, steps, coverage, groups, notes } = analysis;
  const named = [
    group === run ? undefined : `group ${group}`,
    seed === null ? undefined : `seed ${seed}`,
    `${steps.length} checkpoints, steps ${steps[0] ?? '–'} to ${steps.at(-1) ?? '–'}`,
    `window ${window} steps`,
  ].filter((part) => part !== undefined);
  const stale = coverage.stale === 0 ? '' : `; ${coverage.stale} scores are out of date and left out`;
  return [
    `Run ${run} (${named.join(', ')})`,
    `${coverage.complete} of ${coverage.probes} probes are scored at every step${stale}.`,
    '',
    'Acquisition: nats per token, means over probes; null: the same on control facts',
    formatTable(
      ['condition', 'kind', 'probes', 'effectivity', 'null', 'net', 'specificity'],
      groups.map((one) => [
        ...whose(one),
        decimal(one.meanEffectivity, 3),
        decimal(one.meanNull, 3),
        decimal(one.meanNet, 3),
        decimal(one.specificity, 3),
      ]),
    ),
    '',
    'Forgetting: mean R after the last encounter, R = b − a·log10 t (steps); in parentheses: before most probes',
    'have a checkpoint, drawn and not measured; a net: after the mean of the controls has been subtracted',
    formatTable(
      ['condition', 'kind', 'used', ...LAGS.map((lag) => `R(${count(lag)})`), ...FIT],
      groups.flatMap((one) => (one.retention === null ? [] : [forgettingRow(one, one.retention)])),
    ),
    ...(notes.length === 0 ? [] : ['', ...notes.map((note) => `Note: ${note}`)]),
  ].join('\n');
}

function whose(group: GroupAnalysis): string[] {
  return [group.condition ?? '–', group.kind ?? '–', describeMeasured(group)];
}

/** Lags at which mean R is printed, steps. */
const LAGS = [10, 100, 1000] as const;
const FIT = ['a', 'a net', 'R²', 'horizon, steps', 'horizon, tokens'] as const;

function forgettingRow({ condition, kind, netRetention }: GroupAnalysis, retention: Retention): string[] {
  return [
    condition ?? '–',
    kind ?? '–',
    describeUsed(retention),
    ...LAGS.map((lag) => {
      const retained = retainedAt(retention, lag);
      if (retained === undefined) return '–';
      return retained.measured ? decimal(retained.value) : `(${decimal(retained.value)})`;
    }),
    decimal(retention.fit?.a ?? null, 3),
    decimal(netRetention?.fit?.a ?? null, 3),
    decimal(retention.fit?.r2 ?? null),
    describeHorizon(retention),
    describeHorizonTokens(retention),
  ];
}
