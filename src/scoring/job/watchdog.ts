/** Milliseconds between two looks, at most; and this share of the limit. */
const LOOK_EVERY_MS = 5000;
const LOOKS = 10;

/** Waits for signs of life of a scorer. */
export interface Watchdog {
  /** There was a sign of life. */
  progress(): void;
  /** From now on only the end counts. */
  expectEnd(withinMs: number): void;
  stop(): void;
}

/**
 * Counts the time without a sign of life, look by look, and only while this process itself runs on time. One that was
 * stopped, was asleep with its machine, or was busy has heard nothing meanwhile, which says nothing of the scorer.
 * @param onStall called once, after what has arrived by then has been heard
 */
export function createWatchdog(stallMs: number, onStall: () => void): Watchdog {
  let limit = stallMs;
  let silent = 0;
  let since = performance.now();
  let ending = false;
  let timer: NodeJS.Timeout | undefined;
  let hearing: NodeJS.Immediate | undefined;

  const wait = (): void => {
    if (limit === Infinity) return;
    const pause = Math.min(limit / LOOKS, LOOK_EVERY_MS);
    const due = performance.now() + pause;
    timer = setTimeout(() => {
      const now = performance.now();
      if (now - due < pause) silent += now - since;
      since = now;
      // Timers come before messages that wait, and what is called here comes after them.
      hearing = setImmediate(() => {
        if (silent >= limit) onStall();
        else wait();
      });
    }, pause);
  };
  const stop = (): void => {
    clearTimeout(timer);
    clearImmediate(hearing);
  };
  const restart = (): void => {
    silent = 0;
    since = performance.now();
  };

  wait();
  return {
    progress: () => {
      if (!ending) restart();
    },
    expectEnd: (withinMs) => {
      ending = true;
      limit = withinMs;
      stop();
      restart();
      wait();
    },
    stop,
  };
}
