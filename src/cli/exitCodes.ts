/** Exit codes of every verb (DESIGN section 10). */
export const EXIT = {
  /** All well. */
  ok: 0,
  /** Problems found, checkpoints that could not be scored. */
  problems: 1,
  /** Wrong use, or input that cannot be read. */
  usage: 2,
  /** Stopped by Ctrl-C, SIGTERM or a terminal that was closed; what was done is kept. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
