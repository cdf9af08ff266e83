import type { Command } from 'commander';
import { describeFailure } from '../../core/failure';
import { count, decimal } from '../../core/format';
import type { ResultRow } from '../../core/results/row';
import { readCurrentRows } from '../../disk/analysis';
import { EXIT, type ExitCode } from '../exitCodes';
import { places } from '../options';
import { warnOfOtherSource } from '../otherSource';
import { addFormat, formatTable, printJsonArray, type Format } from '../output';

interface Options {
  readonly run?: string;
  readonly fact?: string;
  readonly results?: string;
  readonly format: Format;
}

export function addResults(program: Command, end: (code: ExitCode) => void): void {
  addFormat(
    program
      .command('results')
      .description('the current rows of the results folder')
      .argument('<file>', 'probe file')
      .option('--run <id>', 'only this run')
      .option('--fact <id>', 'only this fact')
      .option('--results <dir>', 'the results folder is there instead of beside the probe file'),
  ).action(async (file: string, { format, results, ...selection }: Options) => {
    const place = places(file, results);
    await warnOfOtherSource(place);
    async function* rows(): AsyncGenerator<ResultRow> {
      for await (const { rows, problems } of readCurrentRows(place, selection)) {
        for (const problem of problems) process.stderr.write(`error: ${describeFailure(problem)}\n`);
        if (problems.length > 0) end(EXIT.problems);
        yield* rows;
      }
    }
    if (format === 'json') await printJsonArray(rows());
    else process.stdout.write(`${await table(rows())}\n`);
  });
}

/** Nobody reads more, and a table is held in memory to be set. */
const MOST_ROWS = 1000;

async function table(rows: AsyncIterable<ResultRow>): Promise<string> {
  const cells: string[][] = [];
  for await (const row of rows) {
    if (cells.length === MOST_ROWS) {
      process.stderr.write(
        `note: only the first ${count(MOST_ROWS)} rows are shown; --format json and export give all of them\n`,
      );
      break;
    }
    cells.push([
      row.run,
      String(row.step),
      row.fact,
      row.probe,
      row.role,
      row.text,
      row.n_tokens === null ? '–' : String(row.n_tokens),
      decimal(row.logprob_mean, 4),
      decimal(row.logprob_first, 4),
      row.tokens[0] === undefined ? '–' : String(row.tokens[0].rank),
      row.greedy === null ? '–' : row.greedy ? 'yes' : 'no',
    ]);
  }
  return formatTable(
    ['run', 'step', 'fact', 'probe', 'role', 'text', 'tokens', 'ℓ (nats)', 'first', 'rank', 'greedy'],
    cells,
  );
}
