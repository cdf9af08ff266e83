import type { Command } from 'commander';
import { firstImpossibleAt, type Impossible } from '../../../core/dynamics/forward/ceiling';
import { fewestEncounters, type FewestEncounters } from '../../../core/dynamics/forward/encounters';
import { count, decimal } from '../../../core/format';
import { EXIT, type ExitCode } from '../../exitCodes';
import { addFormat, printJson, type Format } from '../../output';
import { addKernelOptions, type KernelChoice, type Start } from './kernelOptions';
import { solverStart } from './solverStart';
import { describeImpossible, describeStart } from './startText';
import { amount, positive } from '../../options';

interface Options extends KernelChoice {
  readonly level: number;
  readonly every: number;
  readonly format: Format;
}

/** JSON of `simulate encounters`. */
export interface EncountersSimulation extends Start {
  readonly version: 1;
  /** Wanted at the last peak, nats above the start. */
  readonly level: number;
  /** Steps between encounters. */
  readonly every: number;
  readonly answer: FewestEncounters;
  /**
   * The first peak at which that many encounters (however many, where they never do) pass log probability 0, the first
   * encounter at step 0; null where none does, or the baseline is not known.
   */
  readonly impossibleFrom: Impossible | null;
}

/** `simulate encounters`: how many it takes. */
export function addEncounters(simulate: Command, end: (code: ExitCode) => void): void {
  addFormat(
    addKernelOptions(
      simulate
        .command('encounters')
        .description('the fewest encounters at an interval that reach a level')
        .requiredOption('--level <nats>', 'wanted at the last peak, above the start', positive)
        .requiredOption('--every <steps>', 'interval between encounters', amount(1)),
    ),
  ).action(async (options: Options) => {
    const start = await solverStart(options);
    const { level, every } = options;
    const answer = fewestEncounters(start, level, every);
    const { baseline } = start;
    const most = answer.kind === 'never' ? Infinity : answer.encounters;
    const impossibleFrom = baseline === null ? null : firstImpossibleAt(start, baseline, every, most);
    const simulation: EncountersSimulation = { version: 1, ...start, level, every, answer, impossibleFrom };
    if (options.format === 'json') await printJson(simulation);
    else {
      const note = describeImpossible(start, impossibleFrom);
      process.stdout.write(`${[describeStart(start), '', describe(simulation), ...note].join('\n')}\n`);
    }
    end(EXIT.ok);
  });
}

function describe({ level, every, answer }: EncountersSimulation): string {
  const wanted = `${decimal(level, 3)} nats`;
  const often = `every ${every === 1 ? 'step' : `${count(every)} steps`}`;
  if (answer.kind === 'never')
    return `Encounters ${often} never reach ${wanted}: however many there are, their peaks stay at ${decimal(answer.level, 3)} nats.`;
  const many =
    answer.encounters === 1
      ? 'One encounter reaches'
      : `${count(answer.encounters)} encounters ${often} reach`;
  return `${many} ${wanted}: the last peak is at ${decimal(answer.level, 3)} nats.`;
}
