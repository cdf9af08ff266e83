import { kernelFrom } from '../../../core/dynamics/kernel/kernel';
import { InvalidArgumentError } from 'commander';
import { balanced } from '../../../core/dynamics/populations/balance';
import type { ClusterTree } from '../../../core/dynamics/populations/clusters';
import {
  batched,
  capped,
  deduplicated,
  inTurn,
  paraphrased,
  tempered,
} from '../../../core/dynamics/populations/interventions';
import type { Intervention } from '../../../core/dynamics/populations/scenario';
import { FailureError } from '../../../core/failure';
import { amount, positive } from '../../options';

/** What stands behind one `--intervention`. */
export interface InterventionLine {
  /** As it was written. */
  readonly name: string;
  /** Whether it needs clusters. */
  readonly balances: boolean;
  readonly intervention: (tree: ClusterTree | undefined) => Intervention;
}

/** Reads interventions that are composed by `+`. @throws InvalidArgumentError, which commander tells the user */
export function interventionLine(text: string): InterventionLine {
  // 1e+4 is a number.
  const parts = text.split(/(?<![\d.]e)\+/i).map((part) => one(part.trim()));
  return {
    name: text,
    balances: parts.some(({ balances }) => balances === true),
    intervention: (tree) => inTurn(parts.map(({ change }) => change(tree))),
  };
}

interface Part {
  readonly balances?: boolean;
  readonly change: (tree: ClusterTree | undefined) => Intervention;
}

function one(text: string): Part {
  const [head = '', ...settings] = text.split(',');
  const [word, value, ...more] = head.split('=');
  if (more.length > 0 || (settings.length > 0 && word !== 'batch')) throw unknown(text);
  if ((word === 'dedup' || word === 'paraphrase') && value === undefined)
    return { change: () => ofCopies(word === 'dedup' ? deduplicated : paraphrased, word) };
  if (word === 'balance') {
    const kept = share(value ?? '0.1', text);
    return { balances: true, change: (tree) => balanced(tree!, kept) };
  }
  if (value === undefined) throw unknown(text);
  switch (word) {
    case 'batch':
      return { change: always(batched(amount(1)(value), measured(settings, text))) };
    case 'cap':
      return { change: always(capped(share(value, text))) };
    case 'temper':
      return { change: always(tempered(Number(value) === 0 ? 0 : positive(value))) };
    default:
      throw unknown(text);
  }
}

const always = (intervention: Intervention) => () => intervention;

function share(text: string, whole: string): number {
  const value = positive(text);
  if (value > 1) throw new InvalidArgumentError(`In “${whole}” the number has to be at most 1.`);
  return value;
}

/** What was measured with the other batch size: `a=0.2`, `threshold=2e4`, `rise=0.3`. */
function measured(settings: readonly string[], text: string): Parameters<typeof batched>[1] {
  const numbers = new Map<string, number>();
  for (const setting of settings) {
    const [key = '', value, ...more] = setting.split('=');
    if (!['a', 'threshold', 'rise'].includes(key) || value === undefined || more.length > 0)
      throw unknown(text);
    numbers.set(key, positive(value));
  }
  const [a, threshold, rise] = [numbers.get('a'), numbers.get('threshold'), numbers.get('rise')];
  if ((a === undefined) !== (threshold === undefined))
    throw new InvalidArgumentError(`“${text}” needs both a=… and threshold=…, or neither.`);
  const kernel = a === undefined || threshold === undefined ? undefined : kernelFrom(a, threshold);
  return {
    ...(rise !== undefined && { rise }),
    ...(kernel !== undefined && { kernels: { paraphrase: kernel, duplication: kernel } }),
  };
}

function ofCopies(intervention: Intervention, word: string): Intervention {
  return (scenario) => {
    if (scenario.copies === null)
      throw new FailureError({
        code: 'nothing-duplicated',
        message: `“${word}” changes nothing: no text is duplicated.`,
        remedy: 'Say with --copies, or with a column “copies” of --frequencies, how many copies texts have.',
      });
    return intervention(scenario);
  };
}

function unknown(text: string): InvalidArgumentError {
  return new InvalidArgumentError(
    `“${text}” is none of dedup, paraphrase, batch=N[,a=…,threshold=…][,rise=…], cap=SHARE, temper=EXPONENT, balance[=SHARE].`,
  );
}
