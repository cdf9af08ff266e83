#!/usr/bin/env node
/** `knowledge-probes`: what the editor does, without an editor (DESIGN section 10). */
import { Command, CommanderError } from 'commander';
import manifest from '../../package.json';
import { describeFailure, FailureError } from '../core/failure';
import { EXIT, type ExitCode } from './exitCodes';
import { guardStreams } from './streams';

type AddVerb = (program: Command, end: (code: ExitCode) => void) => void;

let code: ExitCode = EXIT.ok;
const end = (now: ExitCode): void => {
  code = now;
  process.exitCode = now;
};

guardStreams(() => code);

/** Each verb's part of the program, loaded when it is asked for. */
const VERBS: Readonly<Record<string, () => Promise<AddVerb>>> = {
  check: async () => (await import('./commands/check')).addCheck,
  score: async () => (await import('./commands/score')).addScore,
  results: async () => (await import('./commands/results')).addResults,
  analyze: async () => (await import('./commands/analyze')).addAnalyze,
  import: async () => (await import('./commands/import')).addImport,
  export: async () => (await import('./commands/export')).addExport,
  simulate: async () => (await import('./commands/simulate')).addSimulate,
};

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

async function run(): Promise<void> {
  const [verb = ''] = process.argv.slice(2);
  // Help, and a word that is none of them, need all.
  const needed = Object.hasOwn(VERBS, verb) ? [verb] : Object.keys(VERBS);
  for (const name of needed) (await VERBS[name]!())(program, end);
  await program.parseAsync();
}

run().catch((error: unknown) => {
  if (error instanceof CommanderError) end(error.exitCode === 0 ? EXIT.ok : EXIT.usage);
  else if (error instanceof FailureError) {
    process.stderr.write(`error: ${describeFailure(error.failure)}\n`);
    end(EXIT.usage);
  } else throw error;
});
