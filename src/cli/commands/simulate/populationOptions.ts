import { InvalidArgumentError, Option, type Command } from 'commander';
import { kernelFrom, thresholdOf, type Kernel } from '../../../core/dynamics/kernel/kernel';
import type { Question } from '../../../core/dynamics/populations/outcome';
import type { Kernels } from '../../../core/dynamics/populations/scenario';
import { FailureError } from '../../../core/failure';
import { amount, positive, wholeNumber } from '../../options';
import type { Format } from '../../output';
import { interventionLine, type InterventionLine } from './interventionOption';
import { addKernelOptions, wrong, type KernelChoice } from './kernelOptions';

export interface PopulationOptions extends Question, KernelChoice {
  readonly facts: number;
  readonly zipf: number;
  readonly frequencies?: string;
  readonly copies?: CopiesOption;
  readonly corpus: number;
  readonly share: number;
  readonly batch: number;
  readonly steps?: number;
  readonly passes: number;
  readonly duplicatedA?: number;
  readonly duplicatedThreshold?: number;
  readonly intervention: readonly InterventionLine[];
  readonly vectors?: string;
  readonly levels: readonly number[];
  readonly resamples: number;
  readonly clusterSamples: number;
  readonly format: Format;
}

/** How often the texts of the most frequent facts are repeated word for word. */
export interface CopiesOption {
  readonly copies: number;
  /** Ranks 1 to this one; Infinity: all. */
  readonly ranks: number;
}

export function addPopulationOptions(command: Command): Command {
  return addKernelOptions(command)
    .option('--facts <n>', 'facts of Zipf frequencies', amount(1, MOST_FACTS), 1e5)
    .option('--zipf <s>', 'the frequency of rank k is proportional to k^-s', atLeastZero, 1)
    .option(
      '--frequencies <csv>',
      'columns frequency, and if wished fact, copies; instead of --facts, --zipf',
    )
    .option(
      '--copies <n[:ranks]>',
      'verbatim copies of each text, of all facts or of the first ranks',
      copies,
    )
    .option('--corpus <n>', 'sequences of the corpus', amount(1), 1e8)
    .option('--share <x>', 'share of the sequences that mention a fact', atMostOne, 0.01)
    .option('--batch <n>', 'sequences a step', amount(1), 1024)
    .option('--steps <n>', 'steps of the training', amount(1, MOST_STEPS))
    .option('--passes <x>', 'without --steps: passes through the corpus', positive, 1)
    .option('--duplicated-a <x>', '--a of facts whose texts are duplicated', positive)
    .option('--duplicated-threshold <steps>', '--threshold of facts whose texts are duplicated', positive)
    .option('--level <nats>', 'a fact is known from this gain on', positive, 1)
    .addOption(
      new Option('--when <when>', 'the gain has to be there at the end, or once')
        .choices(['end', 'ever'])
        .default('end'),
    )
    .option(
      '--intervention <what>',
      'repeatable, and composed by “+”: dedup, paraphrase, batch=4096[,a=…,threshold=…,rise=…], cap=…, temper=…, balance[=share kept]',
      (text: string, before: readonly InterventionLine[]) => [...before, interventionLine(text)],
      [],
    )
    .option('--vectors <file>', 'for balance: a feature vector a fact, .npy, .jsonl or .csv')
    .option('--levels <list>', 'for balance: clusters at each level, the finest first', levels, [100, 10])
    .option('--resamples <n>', 'for balance: resampling steps a level', wholeNumber(0), 2)
    .option('--cluster-samples <n>', 'for balance: points of a cluster in a resampling step', amount(1), 10)
    .option('--samples <n>', 'simulated trainings where nothing exact is known', amount(100, 1e6), 1000)
    .option('--seed <n>', 'the same seed gives the same figures', wholeNumber(0), 1);
}

/** A million is promised; ten times as many still fit into memory. */
const MOST_FACTS = 1e7;
export const MOST_STEPS = 1e9;

/**
 * The kernels of paraphrased and of duplicated facts; the same where the options do not tell them apart.
 * @throws FailureError `kernel-grows` where facts would be known better without being met
 */
export function kernelsFrom(
  { duplicatedA, duplicatedThreshold }: PopulationOptions,
  paraphrase: Kernel,
): Kernels {
  if (paraphrase.a < 0)
    throw new FailureError({
      code: 'kernel-grows',
      message: `With a = ${paraphrase.a} nothing is forgotten: what facts gain has no bound.`,
      remedy: 'Choose other probes, or give --a and --threshold.',
    });
  if (duplicatedA === undefined && duplicatedThreshold === undefined)
    return { paraphrase, duplication: paraphrase };
  const [a, threshold] = [duplicatedA ?? paraphrase.a, duplicatedThreshold ?? thresholdOf(paraphrase)];
  if (a === 0 || threshold === Infinity)
    throw wrong(
      'The kernel of duplicated facts is not settled.',
      'Give both --duplicated-a and --duplicated-threshold.',
    );
  return { paraphrase, duplication: kernelFrom(a, threshold) };
}

function atLeastZero(text: string): number {
  return text.trim() !== '' && Number(text) === 0 ? 0 : positive(text);
}

function atMostOne(text: string): number {
  const value = positive(text);
  if (value > 1) throw new InvalidArgumentError('It has to be at most 1.');
  return value;
}

function levels(text: string): readonly number[] {
  return text.split(',').map(amount(1));
}

function copies(text: string): CopiesOption {
  const [number = '', ranks, ...more] = text.split(':');
  if (more.length > 0) throw new InvalidArgumentError('It has to be N or N:RANKS, for example 10:1000.');
  const value = positive(number);
  if (value < 1) throw new InvalidArgumentError('A text has at least one copy.');
  return { copies: value, ranks: ranks === undefined ? Infinity : amount(1)(ranks) };
}
