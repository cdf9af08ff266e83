import { SingleBar } from 'cli-progress';

/** Milliseconds between lines of progress where standard error is no terminal. */
const LINE_EVERY_MS = 2000;

/** How far long work has come. `words` are what stands beside the bar. */
export interface Progress<Words> {
  readonly show: (done: number, total: number, words: Words) => void;
  readonly stop: () => void;
}

export interface ProgressText<Words> {
  /** What follows bar and per cent in a terminal; `{name}` stands for a word, `{eta_formatted}` for the time left. */
  readonly bar: string;
  /** What follows the per cent in a line. */
  readonly line: (words: Words) => string;
}

/** Progress on standard error: a bar in a terminal, a line now and then elsewhere. */
export function showProgress<Words extends object>(text: ProgressText<Words>): Progress<Words> {
  return process.stderr.isTTY ? showBar(text.bar) : showLines(text.line);
}

/** Progress of reading a file. */
export function showBytes(): { show: (done: number, total: number) => void; stop: () => void } {
  const progress = showProgress<{ size: number }>({
    bar: 'of {size} MB | {eta_formatted} left',
    line: ({ size }) => ` of ${size} MB`,
  });
  return {
    show: (done, total) => {
      progress.show(done, total, { size: Math.ceil(total / 1e6) });
    },
    stop: progress.stop,
  };
}

function showBar<Words extends object>(text: string): Progress<Words> {
  const bar = new SingleBar({
    format: `{bar} {percentage} % ${text}`,
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
  });
  let started = false;
  return {
    show: (done, total, words) => {
      if (started) bar.update(done, words);
      else bar.start(total, done, words);
      started = true;
    },
    stop: () => {
      bar.stop();
    },
  };
}

function showLines<Words>(line: (words: Words) => string): Progress<Words> {
  let last = performance.now();
  return {
    show: (done, total, words) => {
      const now = performance.now();
      if (now - last < LINE_EVERY_MS) return;
      last = now;
      const percent = total === 0 ? 100 : Math.floor((100 * done) / total);
      process.stderr.write(`${percent} %${line(words)}\n`);
    },
    stop: () => undefined,
  };
}
