import { FailureError } from '../../failure';
import { normalized, total } from './frequencies';
import type { Intervention, Kernels } from './scenario';
import { waterFill } from './waterFill';

/**
 * No fact is more frequent than the cap; what is cut off goes to the others, in proportion to their frequencies.
 * @param cap share of the sequences that mention a fact
 * @throws FailureError `cap-too-low` where all facts at the cap would not add up to 1
 */
export function capped(cap: number): Intervention {
  return (scenario) => {
    const { frequencies } = scenario;
    if (frequencies.every((frequency) => frequency <= cap)) return scenario;
    const possible = frequencies.filter((frequency) => frequency > 0).length;
    if (!(cap * possible >= 1))
      throw new FailureError({
        code: 'cap-too-low',
        message: `With a cap of ${cap}, ${possible} facts do not add up to 1.`,
        remedy: `Choose a cap of at least ${1 / possible}.`,
      });
    return {
      ...scenario,
      frequencies: waterFill(frequencies, new Float64Array(frequencies.length).fill(cap), 1),
    };
  };
}

/**
 * Sampling by p^exponent: 1 leaves all as it is, 0 makes all facts alike.
 * @param exponent at least 0
 */
export function tempered(exponent: number): Intervention {
  return (scenario) => {
    if (exponent === 1) return scenario;
    const powers = scenario.frequencies.map((frequency) => (frequency > 0 ? frequency ** exponent : 0));
    return { ...scenario, frequencies: normalized(powers) };
  };
}

/**
 * Of the copies of a text one is left, and facts are forgotten as paraphrased ones. The corpus keeps its number of
 * sequences: the room goes to all that is left, in proportion, be it about facts or not.
 */
export const deduplicated: Intervention = (scenario) => {
  const { frequencies, copies, share } = scenario;
  if (copies === null) return scenario;
  const left = frequencies.map((frequency, fact) => frequency / copies[fact]!);
  const facts = share * total(left);
  return { ...scenario, frequencies: normalized(left), copies: null, share: facts / (facts + (1 - share)) };
};

/** The copies of a text are replaced by paraphrases of it: the counts stay, the kernel changes. */
export const paraphrased: Intervention = (scenario) => ({ ...scenario, copies: null });

/**
 * Another batch size, compared at equal sequences: fewer, larger steps. Larger batches forget more slowly (arXiv
 * 2406.11813, section 4.4): the kernel of that batch size has to be measured, or else the former holds, in *steps*.
 */
export function batched(
  batch: number,
  measured: { rise?: number; kernels?: Partial<Kernels> } = {},
): Intervention {
  return (scenario) => ({
    ...scenario,
    batch,
    steps: Math.max(1, Math.round((scenario.steps * scenario.batch) / batch)),
    rise: measured.rise ?? scenario.rise,
    kernels: { ...scenario.kernels, ...measured.kernels },
  });
}

/** One intervention after the other. */
export function inTurn(interventions: readonly Intervention[]): Intervention {
  return (scenario) => interventions.reduce((changed, intervention) => intervention(changed), scenario);
}
