/** `knowledge-probes`: what the editor does, without an editor (DESIGN section 10). */
import { Command, CommanderError } from 'commander';
import manifest from '../../package.json';
import { describeFailure, FailureError } from '../core/failure';
import { addAnalyze } from './commands/analyze';
import { addCheck } from './commands/check';
import { addImport } from './commands/import';
import { addExport } from './commands/export';
import { addResults } from './commands/results';
import { addScore } from './commands/score';
import { addSimulate } from './commands/simulate';
import { EXIT, type ExitCode } from './exitCodes';

const end = (code: ExitCode): void => {
  process.exitCode = code;
};

// A reader that has seen enough (`| head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.ok);
  throw error;
});

const program = new Command()
  .name('knowledge-probes')
  .description(
    'Checks probe files, scores them against checkpoints, and analyses acquisition and forgetting.',
  )
  .version(manifest.version)
  .exitOverride()
  .addHelpText(
    'after',
    '\nExit codes: 0 all well; 1 problems or failed checkpoints; 2 wrong use or unreadable input; 130 stopped.',
  );
addCheck(program, end);
addScore(program, end);
addResults(program, end);
addAnalyze(program, end);
addImport(program, end);
addExport(program, end);
addSimulate(program, end);

program.parseAsync().catch((error: unknown) => {
  if (error instanceof CommanderError) end(error.exitCode === 0 ? EXIT.ok : EXIT.usage);
  else if (error instanceof FailureError) {
    process.stderr.write(`error: ${describeFailure(error.failure)}\n`);
    end(EXIT.usage);
  } else throw error;
});
