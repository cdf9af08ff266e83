import { Option, type Command } from 'commander';
import { join } from 'node:path';
import { describeFailure } from '../../core/failure';
import { PROVIDERS, type Provider } from '../../protocol/scorer';
import type { ScoringOutcome, ScoringProgress } from '../../protocol/scoring';
import { scoreFile } from '../../scoring/job/job';
import type { Shard } from '../../scoring/job/plan';
import { createScorerPool, DEFAULT_TIME_LIMIT } from '../../scoring/job/pool';
import { EXIT, type ExitCode } from '../exitCodes';
import { places, shard, stepList, wholeNumber } from '../options';
import { addFormat, printJson, type Format } from '../output';
import { showProgress } from '../progress';

interface Options {
  readonly run?: string;
  readonly fact?: string;
  readonly steps?: readonly number[];
  readonly threads: number;
  readonly provider: Provider;
  /** Minutes; 0 is none. */
  readonly timeLimit: number;
  readonly shard?: Shard;
  readonly results?: string;
  readonly full?: boolean;
  readonly format: Format;
}

/** What `score --format json` prints. */
export interface ScoreOutput extends ScoringOutcome {
  readonly version: 1;
}

export function addScore(program: Command, end: (code: ExitCode) => void): void {
  addFormat(
    program
      .command('score')
      .description('score what is not scored yet, at every checkpoint')
      .argument('<file>', 'probe file')
      .option('--run <id>', 'only this run')
      .option('--fact <id>', 'only this fact')
      .option('--steps <list>', 'only checkpoints of these steps, for example 0,50,100', stepList)
      .option('--threads <n>', 'threads; 0 takes as many as the machine has cores', wholeNumber(0), 0)
      .addOption(
        new Option(
          '--provider <name>',
          'execution provider; all but cpu need libraries of their own, and one process is the default',
        )
          .choices(PROVIDERS)
          .default('cpu'),
      )
      .option(
        '--time-limit <minutes>',
        'minutes without progress after which a scorer is taken to hang and ended; 0: never',
        wholeNumber(0),
        DEFAULT_TIME_LIMIT,
      )
      .option('--shard <i/n>', 'only checkpoints j with j ≡ i mod n, for job arrays', shard)
      .option('--full', 'also the mean over prompt and target (column logprob_full), which takes longer')
      .option('--results <dir>', 'put the results folder there instead of beside the probe file'),
  ).action(async (file: string, options: Options) => {
    await score(file, options, end);
  });
}

async function score(file: string, options: Options, end: (code: ExitCode) => void): Promise<void> {
  const { threads, timeLimit, format, results, ...selection } = options;
  const stop = new AbortController();
  // The first Ctrl-C, end of a cluster's job, or terminal that is closed lets the batches at hand end and be written; the
  // second ends at once.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      stop.abort();
    });
  }
  // Beside the folder of this program's modules.
  const scorerPath = join(import.meta.dirname, '..', 'scorer.js');
  const pool = createScorerPool({ scorerPath, processes: threads, timeLimit });
  const progress = showScoring();
  try {
    const outcome = await scoreFile(
      pool,
      { ...selection, ...places(file, results) },
      { signal: stop.signal, onProgress: progress.show },
    );
    progress.stop();
    for (const warning of outcome.warnings) process.stderr.write(`warning: ${warning}\n`);
    for (const failure of outcome.failures) process.stderr.write(`error: ${describeFailure(failure)}\n`);
    end(codeOf(outcome));
    if (format === 'json') await printJson({ version: 1, ...outcome } satisfies ScoreOutput);
    else process.stdout.write(`${describe(outcome)}\n`);
  } finally {
    progress.stop();
    pool.dispose();
  }
}

function codeOf({ cancelled, failures }: ScoringOutcome): ExitCode {
  if (cancelled) return EXIT.interrupted;
  return failures.length === 0 ? EXIT.ok : EXIT.problems;
}

/** How the job went, in one line. */
function describe({ scored, reused, checkpoints, milliseconds, cancelled }: ScoringOutcome): string {
  const seconds = (milliseconds / 1000).toFixed(1);
  return (
    `${scored.toLocaleString('en-US')} texts scored, ${reused.toLocaleString('en-US')} scored before, ` +
    `${checkpoints} ${checkpoints === 1 ? 'checkpoint' : 'checkpoints'}, ${seconds} s` +
    (cancelled ? ' (stopped; what is done is kept)' : '')
  );
}

/** Progress over texts, with the checkpoint at hand. */
function showScoring(): { show: (progress: Omit<ScoringProgress, 'job'>) => void; stop: () => void } {
  const progress = showProgress<{ at: number; of: number; detail: string }>({
    bar: '| checkpoint {at} of {of} | {detail} | {eta_formatted} left',
    line: ({ at, of, detail }) => `, checkpoint ${at} of ${of} (${detail})`,
  });
  return {
    show: ({ done, total, checkpointsDone, checkpoints, detail }) => {
      progress.show(done, total, {
        at: Math.min(checkpointsDone + 1, checkpoints),
        of: checkpoints,
        detail,
      });
    },
    stop: progress.stop,
  };
}
