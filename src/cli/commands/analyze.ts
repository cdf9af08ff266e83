import type { Command } from 'commander';
import type { GroupAnalysis, Retention, RunAnalysis } from '../../core/dynamics/analysis';
import { describeFailure, FailureError } from '../../core/failure';
import { analyzeFile } from '../../disk/analysis';
import { EXIT, type ExitCode } from '../exitCodes';
import { places } from '../options';
import { addFormat, formatCount, formatNumber, formatTable, printJson, type Format } from '../output';

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
    if (format === 'json') printJson({ version: 1, runs });
    else if (runs.length === 0) throw nothingScored(place.path);
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
        formatNumber(one.meanEffectivity),
        formatNumber(one.meanNull),
        formatNumber(one.meanNet),
        formatNumber(one.specificity),
      ]),
    ),
    '',
    'Forgetting: mean R after the last encounter, R = b − a·log10 t (steps)',
    formatTable(
      ['condition', 'kind', 'used', 'R(10)', 'R(100)', 'R(1,000)', 'decay a', 'R²', 'horizon'],
      groups
        .flatMap((one) => (one.retention === null ? [] : [{ one, retention: one.retention }]))
        .map(({ one, retention }) => [
          one.condition ?? '–',
          one.kind,
          `${retention.n} of ${retention.n + retention.leftOut}`,
          ...[10, 100, 1000].map((lag) => formatNumber(retainedAt(retention, lag), 2)),
          formatNumber(retention.fit?.a),
          formatNumber(retention.fit?.r2, 2),
          horizon(retention),
        ]),
    ),
    ...(notes.length === 0 ? [] : ['', ...notes.map((note) => `Note: ${note}`)]),
  ].join('\n');
}

function whose({ condition, kind, probes }: GroupAnalysis): string[] {
  return [condition ?? '–', kind, String(probes)];
}

/** Mean R at a lag of the curve; null where the curve has no such lag. */
function retainedAt({ lags, meanR }: Retention, lag: number): number | null {
  return meanR[lags.indexOf(lag)] ?? null;
}

function horizon({ fit, why }: Retention): string {
  if (fit === null) return why ?? '–';
  if (fit.horizon === null) return 'none: R does not fall';
  const tokens = fit.horizonTokens === null ? '' : ` (${formatCount(fit.horizonTokens)} tokens)`;
  return `${formatCount(fit.horizon)} steps${tokens}${fit.extrapolated ? ', extrapolated' : ''}`;
}
