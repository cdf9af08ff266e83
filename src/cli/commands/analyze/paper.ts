import { Option, type Command } from 'commander';
import { resolve } from 'node:path';
import type { PaperGroup } from '../../../core/dynamics/paper/report';
import { describeFailure } from '../../../core/failure';
import { count, decimal } from '../../../core/format';
import { analyzePaperFile, type PaperResult } from '../../../disk/paper';
import { EXIT, type ExitCode } from '../../exitCodes';
import { wholeNumber } from '../../options';
import { formatTable, printJson, type Format } from '../../output';
import { showBytes } from '../../progress';

/** What `analyze --paper --format json` prints. */
export interface PaperOutput {
  readonly version: 1;
  readonly mode: 'paper';
  /** One for a log or curves; of a probe file one per run whose `log` could be read. */
  readonly results: readonly PaperResult[];
}

export interface PaperCommandOptions {
  readonly paper?: true;
  readonly exp?: true;
  readonly reverse?: true;
  readonly tokens?: true;
  readonly tokensPerStep?: number;
  readonly run?: string;
  readonly format: Format;
}

/** Options of the verb that are only of its own analysis. */
const OWN_ANALYSIS = ['by', 'fence', 'bootstrap', 'seed', 'fact', 'results'];

/** Gives the verb `--paper` and what goes with it. */
export function addPaperOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--paper',
        'the paper’s published procedure, quirks included; <file> may be a published log, an imported one’s folder, or its curves too',
      ).conflicts(OWN_ANALYSIS),
    )
    .option('--exp', 'with --paper: perplexities instead of losses')
    .option('--reverse', 'with --paper: fit the share lost, 1 − R')
    .addOption(
      new Option(
        '--tokens',
        'with --paper: fit against tokens, 128 or 512 sequences of 2,048 a step, by the file’s name',
      ).conflicts('tokensPerStep'),
    )
    .option('--tokens-per-step <n>', 'with --paper: fit against tokens, so many a step', wholeNumber(1));
}

/** Ends the command where an option is given that means nothing without `--paper`. */
export function refusePaperOptions(command: Command): void {
  const given = ['exp', 'reverse', 'tokens', 'tokensPerStep'].find(
    (name) => command.getOptionValue(name) !== undefined,
  );
  if (given === undefined) return;
  const { long } = command.options.find((option) => option.attributeName() === given)!;
  command.error(`error: option '${long}' needs '--paper'`);
}

/** `analyze --paper`. */
export async function analyzePaper(
  file: string,
  options: PaperCommandOptions,
  end: (code: ExitCode) => void,
): Promise<void> {
  const { exp = false, reverse = false, tokens, tokensPerStep, run, format } = options;
  const axis = tokensPerStep ?? (tokens ? 'name' : undefined);
  const progress = showBytes();
  const { results, problems } = await analyzePaperFile(
    resolve(file),
    { exp, reverse, ...(axis !== undefined && { tokens: axis }) },
    run === undefined ? {} : { run },
    { onProgress: progress.show },
  ).finally(progress.stop);
  for (const problem of [...problems, ...results.flatMap(({ failures }) => failures)])
    process.stderr.write(`error: ${describeFailure(problem)}\n`);
  const failed = problems.length > 0 || results.some(({ failures }) => failures.length > 0);
  end(results.length === 0 ? EXIT.usage : failed ? EXIT.problems : EXIT.ok);
  if (format === 'json') await printJson({ version: 1, mode: 'paper', results } satisfies PaperOutput);
  else {
    const told = results.filter(({ groups }) =>
      groups.some(({ effectivity, decay }) => effectivity !== null || decay !== null),
    );
    if (told.length > 0) process.stdout.write(`${told.map(describeResult).join('\n\n')}\n`);
  }
}

/** Why these figures are others than those of `analyze`. */
const QUIRKS = [
  'kept as published: windows of 50 entries, injections at 0, 100, … 900, conditions by the examples’ places;',
  'probes without any change are skipped; values beyond 2 interquartile ranges are dropped anew at every t; the fit is',
  'through every t alike. Without --paper: one set of probes, nulls from controls, fits even in log t, intervals.',
];

function describeResult(result: PaperResult): string {
  const { log, groups, removed, notes } = result;
  const of =
    log === null
      ? 'curves'
      : `${count(log.entries)} entries, ${count(log.examples)} examples, ${log.exp ? 'perplexities' : 'losses'}`;
  return [
    `The paper’s published procedure${result.run === null ? '' : `, run ${result.run}`} (${of}),`,
    ...QUIRKS,
    ...(groups.every(({ effectivity }) => effectivity === null) ? [] : effectivityTable(result)),
    ...(groups.every(({ decay }) => decay === null) ? [] : decayTable(result)),
    ...(removed === null
      ? []
      : ['', `Removed from the curves: ${count(removed.values)} values, ${decimal(removed.percent)} %.`]),
    ...(notes.length === 0 ? [] : ['', ...notes.map((note) => `Note: ${note}`)]),
  ].join('\n');
}

function effectivityTable({ log, groups }: PaperResult): string[] {
  return [
    '',
    `Effectivity${log?.exp === true ? ', perplexity' : ', nats'}: mean over probes and injections`,
    formatTable(
      ['condition', 'kind', 'effectivity'],
      groups.map((group) => [...whose(group), decimal(group.effectivity, 4)]),
    ),
  ];
}

function decayTable({ groups, reverse, tokensPerStep }: PaperResult): string[] {
  const unit = tokensPerStep === null ? 'steps' : `tokens, ${count(tokensPerStep)} a step`;
  return [
    '',
    `Forgetting: ${reverse ? '1 − R' : 'R'} against log10 t (${unit}); a: decay constant, the slope’s negative; x-intercept in log10 t`,
    formatTable(
      ['condition', 'kind', 'a', 'SE', 'R²', 'x-intercept', 'intercept', 'points'],
      groups.flatMap((group) => {
        const { decay } = group;
        if (decay === null) return [];
        return [
          [
            ...whose(group),
            decimal(decay.decayConstant, 4),
            decimal(decay.standardError, 4),
            decimal(decay.r2, 3),
            decimal(decay.xIntercept),
            decimal(decay.intercept, 3),
            String(decay.points),
          ],
        ];
      }),
    ),
  ];
}

function whose({ condition, kind }: PaperGroup): string[] {
  return [condition, kind];
}
