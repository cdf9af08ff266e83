// @ts-check
/** How a test run ends: with its exit code, or for a reason that has nothing to do with the tests. */

/** Stopped from outside. */
export class Interrupted extends Error {
  /** @param {string} message @param {number} code */
  constructor(message, code) {
    super(message);
    this.code = code;
  }
}

/**
 * A promise of the exit code, rejected on signals, after the time limit, and when the program that started this one
 * has gone: nothing may be left running. Whichever comes first counts.
 * @param {number} limit milliseconds
 */
export function watchForTheEnd(limit) {
  /** @type {(code: number) => void} */
  let resolve = () => {};
  /** @type {(reason: Error) => void} */
  let reject = () => {};
  const promise = new Promise((/** @type {(code: number) => void} */ yes, no) => {
    resolve = yes;
    reject = no;
  });
  // Someone always listens, lest an early end be an unhandled rejection.
  promise.catch(() => {});

  setTimeout(() => reject(new Error(`the tests took longer than ${limit / 1000} s.`)), limit).unref();
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) reject(new Interrupted('whoever started the tests is gone.', 1));
  }, 1000).unref();
  for (const [signal, code] of /** @type {const} */ ([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ])) {
    process.on(signal, () => reject(new Interrupted(`stopped by ${signal}.`, code)));
  }

  /**
   * Waits for a step, but not longer than until the end has come.
   * @template Value
   * @param {Promise<Value>} step
   * @returns {Promise<Value>}
   */
  const orEnd = (step) => {
    step.catch(() => {});
    return Promise.race([step, promise.then(() => step)]);
  };
  return { promise, resolve, reject, orEnd };
}
