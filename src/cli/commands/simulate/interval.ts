import type { Command } from 'commander';
import { firstImpossibleAt, type Impossible } from '../../../core/dynamics/forward/ceiling';
import { longestInterval, type LongestInterval } from '../../../core/dynamics/forward/interval';
import { count, decimal } from '../../../core/format';
import { EXIT, type ExitCode } from '../../exitCodes';
import { addFormat, printJson, type Format } from '../../output';
import { addKernelOptions, type KernelChoice, type Start } from './kernelOptions';
import { solverStart } from './solverStart';
import { describeImpossible, describeStart } from './startText';
import { amount, positive } from '../../options';

interface Options extends KernelChoice {
  readonly level: number;
  readonly times?: number;
  readonly tokensPerStep?: number;
  readonly format: Format;
}

/** JSON of `simulate interval`. */
export interface IntervalSimulation extends Start {
  readonly version: 1;
  /** Wanted at the last peak, nats above the start. */
  readonly level: number;
  /** Encounters; null: endless. */
  readonly times: number | null;
  readonly answer: LongestInterval;
  /** The interval in tokens, with --tokens-per-step; null without, and where there is no one interval. */
  readonly intervalTokens: number | null;
  /**
   * The first peak at which encounters so far apart (one at every step, or a single one, where no interval is the answer)
   * pass log probability 0, the first encounter at step 0; null where none does, or the baseline is not known.
   */
  readonly impossibleFrom: Impossible | null;
}

/** `simulate interval`: how far apart encounters may be. */
export function addInterval(simulate: Command, end: (code: ExitCode) => void): void {
  addFormat(
    addKernelOptions(
      simulate
        .command('interval')
        .description('the longest interval between encounters that still reaches a level')
        .requiredOption('--level <nats>', 'wanted at the last peak, above the start', positive)
        .option('--times <n>', 'encounters; endless when not given', amount(1))
        .option('--tokens-per-step <n>', 'tokens of a step: batch × sequence length', positive),
    ),
  ).action(async (options: Options) => {
    const start = await solverStart(options);
    const { level, times = null, tokensPerStep } = options;
    const answer = longestInterval(start, level, times ?? Infinity);
    const simulation: IntervalSimulation = {
      ...{ version: 1, ...start, level, times, answer },
      intervalTokens:
        answer.kind === 'interval' && tokensPerStep !== undefined ? answer.interval * tokensPerStep : null,
      impossibleFrom: impossibleFrom(start, answer, times ?? Infinity),
    };
    if (options.format === 'json') await printJson(simulation);
    else {
      const note = describeImpossible(start, simulation.impossibleFrom);
      process.stdout.write(`${[describeStart(start), '', describe(simulation), ...note].join('\n')}\n`);
    }
    end(EXIT.ok);
  });
}

function impossibleFrom(start: Start, answer: LongestInterval, times: number): Impossible | null {
  if (start.baseline === null) return null;
  const interval = answer.kind === 'interval' ? answer.interval : 1;
  // Of what is lost in time, any interval is the answer where the first encounter is enough.
  const n = answer.kind === 'any' && start.threshold !== null ? 1 : times;
  return firstImpossibleAt(start, start.baseline, interval, n);
}

function describe({ level, times, answer, intervalTokens }: IntervalSimulation): string {
  const many =
    times === null ? 'Endless encounters' : times === 1 ? 'One encounter' : `${count(times)} encounters`;
  const wanted = `${decimal(level, 3)} nats`;
  switch (answer.kind) {
    case 'any':
      return `${many} reach${times === 1 ? 'es' : ''} ${wanted} at any interval.`;
    case 'never':
      return `${many} never reach${times === 1 ? 'es' : ''} ${wanted}: even one at every step comes to ${decimal(answer.level, 3)} nats.`;
    case 'interval': {
      const tokens = intervalTokens === null ? '' : ` (${count(intervalTokens)} tokens)`;
      return [
        `${many} reach ${wanted} when they are at most ${count(answer.interval)} steps${tokens} apart:`,
        `then the last peak is at ${decimal(answer.level, 3)} nats; one step more, and it is at ${decimal(answer.next, 3)}.`,
      ].join('\n');
    }
  }
}
