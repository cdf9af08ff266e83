import { createContext, Script } from 'node:vm';

const context: { call?: () => void } = createContext({});
const calling = new Script('call()');

/**
 * Ends a call that takes too long, in the middle of whatever it does: a regular expression can take longer than
 * anybody lives. What it had in hand is not to be used again then. Some 0.1 ms a call.
 * @returns undefined where it was ended; else what the call returns
 * @throws what the call throws
 */
export function endedWithin<Result>(milliseconds: number, call: () => Result): Result | undefined {
  let result: Result | undefined;
  context.call = () => {
    result = call();
  };
  try {
    calling.runInContext(context, { timeout: milliseconds });
    return result;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return undefined;
    throw error;
  }
}
