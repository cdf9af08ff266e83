import { SingleBar } from 'cli-progress';

/** Milliseconds between lines of progress where standard error is no terminal. */
const LINE_EVERY_MS = 2000;

export interface ByteProgress {
  readonly show: (done: number, total: number) => void;
  readonly stop: () => void;
}

/** Progress of reading a file, on standard error: a bar in a terminal, a line now and then elsewhere. */
export function showBytes(): ByteProgress {
  return process.stderr.isTTY ? showBar() : showLines();
}

function showBar(): ByteProgress {
  const bar = new SingleBar({
    format: '{bar} {percentage} % of {size} MB | {eta_formatted} left',
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
  });
  let started = false;
  return {
    show: (done, total) => {
      const payload = { size: Math.ceil(total / 1e6) };
      if (started) bar.update(done, payload);
      else bar.start(total, done, payload);
      started = true;
    },
    stop: () => {
      bar.stop();
    },
  };
}

function showLines(): ByteProgress {
  let last = performance.now();
  return {
    show: (done, total) => {
      const now = performance.now();
      if (now - last < LINE_EVERY_MS) return;
      last = now;
      const percent = total === 0 ? 100 : Math.floor((100 * done) / total);
      process.stderr.write(`${percent} % of ${Math.ceil(total / 1e6)} MB\n`);
    },
    stop: () => undefined,
  };
}
