import { EXIT, type ExitCode } from './exitCodes';

/**
 * What becomes of the program when its output cannot be written: a line of progress that nobody reads must not end hours
 * of work.
 * @param code with which the program would end as things stand
 */
export function guardStreams(code: () => ExitCode): void {
  // A terminal that was closed, a full disk below `2>`: nobody can be told, and the work goes on.
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // A reader that has seen enough (`| head`) is no error.
    if (error.code === 'EPIPE') process.exit(code());
    process.stderr.write(
      `error: The output cannot be written (${error.code ?? error.message}). Write it elsewhere, or free some space; scores are kept.\n`,
    );
    process.exit(code() === EXIT.ok ? EXIT.problems : code());
  });
}
