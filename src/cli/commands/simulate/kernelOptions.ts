import { InvalidArgumentError, Option, type Command } from 'commander';
import type { GroupAnalysis } from '../../../core/dynamics/analysis';
import { falls } from '../../../core/dynamics/fits/falls';
import type { Regular } from '../../../core/dynamics/forward/accumulate';
import { kernelFrom, thresholdOf, type Kernel } from '../../../core/dynamics/kernel/kernel';
import { FailureError } from '../../../core/failure';
import { CONDITIONS, PROBE_KINDS, type Condition, type ProbeKind } from '../../../core/probes/model';
import { analyzeFile } from '../../../disk/analysis';
import { amount, places, positive } from '../../options';
import { warnOfOtherSource } from '../../otherSource';

/** Where a kernel comes from: numbers, or a run's probes. */
export interface KernelChoice {
  readonly a?: number;
  readonly b?: number;
  readonly threshold?: number;
  readonly rise?: number;
  readonly peakDelay?: number;
  readonly baseline?: number;
  readonly from?: string;
  readonly run?: string;
  readonly condition?: Condition;
  readonly kind?: ProbeKind;
  readonly results?: string;
}

/** What a simulation starts from, in its JSON. */
export interface Start extends Regular {
  /** Nats that each encounter adds at its peak: as given, or the mean of the run's encounters. */
  readonly rise: number;
  /** Steps from an encounter to its peak. */
  readonly peakDelay: number;
  /** Log probability at the start, nats: as given, or the run's mean ℓ_1; null where neither says it. */
  readonly baseline: number | null;
  /** Learnability threshold, steps; null where the kernel never falls to 0. */
  readonly threshold: number | null;
  /** The probes that the kernel was fitted to; null where it was given as numbers. */
  readonly from: Origin | null;
}

export interface Origin {
  readonly file: string;
  readonly run: string;
  readonly condition: Condition | null;
  readonly kind: ProbeKind | null;
  /** The mean control trajectory had been subtracted. */
  readonly net: boolean;
  /** Whether a is above 0 by two standard errors: else the threshold says nothing. */
  readonly falls: boolean;
  /** The threshold lies beyond the lags that were measured, the longest of which is `longestLag` steps. */
  readonly extrapolated: boolean;
  readonly longestLag: number;
}

/** Gives a subcommand the options that a kernel and a rise come from. */
export function addKernelOptions(command: Command): Command {
  return command
    .option('--a <share>', 'share lost per tenfold of steps', share)
    .option('--threshold <steps>', 'learnability threshold: where the kernel reaches 0', positive)
    .option('--b <share>', 'share left one step after the peak, instead of --threshold', positive)
    .option('--rise <nats>', 'what each encounter adds at its peak', positive)
    .option('--peak-delay <steps>', 'from an encounter to its peak (1)', amount(1))
    .option(
      '--baseline <nats>',
      'log probability at the start, at most 0: tells from where on the forecast is impossible',
      logProbability,
    )
    .option('--from <file>', 'kernel, rise and peak delay of a probe file’s run instead of numbers')
    .option('--run <id>', 'with --from: the run')
    .addOption(new Option('--condition <condition>', 'with --from: the condition').choices(CONDITIONS))
    .addOption(new Option('--kind <kind>', 'with --from: the kind of probes').choices(PROBE_KINDS))
    .option('--results <dir>', 'with --from: the results folder is there instead of beside the probe file');
}

/** At least 0. @throws InvalidArgumentError, which commander tells the user */
function share(text: string): number {
  if (Number(text) === 0 && text.trim() !== '') return 0;
  try {
    return positive(text);
  } catch {
    throw new InvalidArgumentError('It has to be a number of at least 0.');
  }
}

/** A number of at most 0. @throws InvalidArgumentError, which commander tells the user */
function logProbability(text: string): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (!(value <= 0 && value > -Infinity))
    throw new InvalidArgumentError('It has to be a log probability, at most 0.');
  return value;
}

/** @throws FailureError where the options do not say one kernel and one rise, or the run's probes support none */
export async function startFrom(choice: KernelChoice): Promise<Start> {
  if (choice.from !== undefined) return ofRun(choice.from, choice);
  for (const name of ['run', 'condition', 'kind', 'results'] as const)
    if (choice[name] !== undefined)
      throw wrong(`--${name} says nothing without --from.`, 'Name a probe file with --from.');
  const { rise } = choice;
  const kernel = ofNumbers(choice);
  if (rise === undefined)
    throw wrong(
      '--rise is missing.',
      'Say what each encounter adds, in nats, or take it from a run with --from.',
    );
  return start({
    kernel,
    rise,
    peakDelay: choice.peakDelay ?? 1,
    baseline: choice.baseline ?? null,
    from: null,
  });
}

function ofNumbers({ a, b, threshold }: KernelChoice): Kernel {
  if (a === undefined || (b === undefined) === (threshold === undefined))
    throw wrong(
      'The kernel is not settled.',
      'Give --a with either --threshold or --b, or take it from a run with --from.',
    );
  if (b !== undefined) return { a, b };
  if (a === 0) throw wrong('With --a 0 nothing is forgotten: there is no threshold.', 'Give --b instead.');
  return kernelFrom(a, threshold!);
}

function start(of: Omit<Start, 'threshold'>): Start {
  const threshold = thresholdOf(of.kernel);
  return { ...of, threshold: Number.isFinite(threshold) ? threshold : null };
}

async function ofRun(file: string, choice: KernelChoice): Promise<Start> {
  for (const name of ['a', 'b', 'threshold'] as const)
    if (choice[name] !== undefined)
      throw wrong(`--${name} and --from exclude each other.`, 'Give numbers, or a run.');
  if (choice.run === undefined) throw wrong('--from needs a run.', 'Name it with --run.');
  const place = places(file, choice.results);
  await warnOfOtherSource(place);
  const { runs, problems } = await analyzeFile(place, { run: choice.run });
  const [analysis] = runs;
  if (analysis === undefined)
    throw new FailureError(
      problems[0] ?? {
        code: 'nothing-scored',
        message: `Run ${choice.run} has no scores yet.`,
        file: place.path,
        remedy: `Score it first: knowledge-probes score ${place.path} --run ${choice.run}`,
      },
    );
  const group = chosen(analysis.groups, choice, place.path);
  const { kernel } = group;
  if (kernel?.fit == null)
    throw new FailureError({
      code: 'no-kernel',
      message: `Run ${choice.run}, ${group.label}, supports no kernel. ${kernel?.why ?? 'Its facts are never met.'}`,
      file: place.path,
      remedy: 'Choose other probes, or give --a and --threshold.',
    });
  const { a, b, standardError, extrapolated, longestLag } = kernel.fit;
  const rise = choice.rise ?? kernel.additions.reduce((sum, each) => sum + each, 0) / kernel.additions.length;
  return start({
    kernel: { a, b },
    rise,
    peakDelay: choice.peakDelay ?? Math.max(1, Math.round(kernel.peakDelay!)),
    baseline: choice.baseline ?? kernel.baseline,
    from: {
      ...{ file: place.path, run: choice.run, condition: group.condition, kind: group.kind },
      ...{ net: kernel.net, falls: falls(a, standardError, null), extrapolated, longestLag },
    },
  });
}

function chosen(groups: readonly GroupAnalysis[], choice: KernelChoice, file: string): GroupAnalysis {
  const met = groups.filter(({ kernel }) => kernel !== null);
  const fitting = met.filter(
    ({ condition, kind }) =>
      (choice.condition === undefined || condition === choice.condition) &&
      (choice.kind === undefined || kind === choice.kind),
  );
  if (fitting.length === 1) return fitting[0]!;
  const which = (fitting.length > 0 ? fitting : met).map(({ label }) => label).join(', ');
  throw new FailureError({
    code: fitting.length === 0 ? 'no-such-probes' : 'several-kernels',
    message:
      fitting.length === 0
        ? `Run ${choice.run!} has no such probes of facts that are met.`
        : `Run ${choice.run!} has several kernels.`,
    file,
    remedy:
      which === ''
        ? 'It needs facts with injections.'
        : `Choose with --condition and --kind among: ${which}.`,
  });
}

/** Options that are missing or exclude each other. */
export function wrong(message: string, remedy: string): FailureError {
  return new FailureError({ code: 'wrong-options', message, remedy });
}
