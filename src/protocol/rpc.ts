import { createBirpc, type BirpcReturn } from 'birpc';
import { FailureError, toFailure, type Failure } from '../core/failure';

/** One end of a line over which plain data is sent: worker thread, child process or webview. */
export interface Port {
  post(message: unknown): void;
  /** Called once, when the line is set up. */
  listen(receive: (message: unknown) => void): void;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- birpc's own constraint for function maps
type Functions = Record<string, any> & object;

/** What birpc puts on the line: `t` is the type of message, `e` the error of a reply. */
interface Envelope {
  readonly e?: unknown;
}

/**
 * Offers `local` to the other end of the line and calls what the other end offers. Errors travel as
 * {@link Failure}s and are thrown again as {@link FailureError}s. No time limit: scoring may take hours.
 */
export function connect<Remote extends object, Local extends object>(
  port: Port,
  local: Local,
): BirpcReturn<Remote & Functions, Local & Functions> {
  return createBirpc<Remote & Functions, Local & Functions>(local, {
    post: (message) => {
      port.post(message);
    },
    on: (receive) => {
      port.listen(receive);
    },
    serialize: (message: Envelope) =>
      message.e === undefined ? message : { ...message, e: toFailure(message.e) },
    deserialize: (message: Envelope) =>
      message.e === undefined ? message : { ...message, e: new FailureError(message.e as Failure) },
    timeout: -1,
  });
}
