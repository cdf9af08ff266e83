import { Option, type Command } from 'commander';
import type { RecipeAnalysis, RunAnalysis } from '../../../core/dynamics/analysis';
import { BOOTSTRAP } from '../../../core/dynamics/bootstrap/bootstrap';
import { GROUPINGS, type Grouping } from '../../../core/dynamics/grouping';
import { describeFailure, FailureError } from '../../../core/failure';
import { EXIT, type ExitCode } from '../../exitCodes';
import { places, positive, wholeNumber } from '../../options';
import { warnOfOtherSource } from '../../otherSource';
import { addFormat, printJson } from '../../output';
import { addPaperOptions, analyzePaper, refusePaperOptions, type PaperCommandOptions } from './paper';
import { describeRecipe, describeRun } from './text';

/** What `analyze --format json` prints. */
export interface AnalysisOutput {
  readonly version: 1;
  /** One per run that has scores, in the file's order. */
  readonly runs: readonly RunAnalysis[];
  /** One per `group` of which several runs have scores: their means, with intervals over runs and facts. */
  readonly recipes: readonly RecipeAnalysis[];
}

interface Options extends PaperCommandOptions {
  readonly by: Grouping;
  readonly fence?: number;
  readonly bootstrap: number;
  readonly seed: number;
  readonly fact?: string;
  readonly results?: string;
}

export function addAnalyze(program: Command, end: (code: ExitCode) => void): void {
  const command = program.command('analyze');
  addFormat(
    addPaperOptions(
      command
        .description('effectivity, forgetting and specificity of each run, with fits and intervals')
        .argument('<file>', 'probe file')
        .option('--run <id>', 'only this run')
        .option('--fact <id>', 'only this fact')
        .addOption(
          new Option('--by <grouping>', 'what probes are averaged by')
            .choices(GROUPINGS)
            .default(GROUPINGS[0]),
        )
        .option(
          '--fence <factor>',
          'leave effectivities out that lie further than so many interquartile ranges outside the quartiles',
          positive,
        )
        .option(
          '--bootstrap <n>',
          'draw the facts so many times for intervals; 0: no intervals',
          wholeNumber(0),
          BOOTSTRAP.resamples,
        )
        .option(
          '--seed <n>',
          'of the intervals: the same seed gives the same',
          wholeNumber(0),
          BOOTSTRAP.seed,
        )
        .option('--results <dir>', 'the results folder is there instead of beside the probe file'),
    ),
  ).action(async (file: string, options: Options) => {
    if (options.paper === true) {
      await analyzePaper(file, options, end);
      return;
    }
    refusePaperOptions(command);
    const { format, results, by, fence = null, bootstrap: resamples, seed, ...selection } = options;
    const place = places(file, results);
    await warnOfOtherSource(place);
    // Not needed for `--paper`, which is over sooner without.
    const { analyzeFile } = await import('../../../disk/analysis');
    const { runs, recipes, problems } = await analyzeFile(place, selection, {
      by,
      fence,
      bootstrap: { resamples, seed },
    });
    for (const problem of problems) process.stderr.write(`error: ${describeFailure(problem)}\n`);
    // A log that cannot be read is not mended by scoring.
    if (runs.length === 0 && problems.some(({ code }) => code.startsWith('log-'))) {
      end(EXIT.usage);
      return;
    }
    if (runs.length === 0) throw nothingScored(place.path);
    end(problems.length === 0 ? EXIT.ok : EXIT.problems);
    if (format === 'json') await printJson({ version: 1, runs, recipes } satisfies AnalysisOutput);
    else {
      const parts = [...runs.map(describeRun), ...recipes.map((recipe) => describeRecipe(recipe, fence))];
      process.stdout.write(`${parts.join('\n\n')}\n`);
    }
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
