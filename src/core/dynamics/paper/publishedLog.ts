import type { ProbeKind } from '../../probes/model';
import type { Column } from '../../results/measured/log';

export const PAPER_KINDS = ['mem', 'gen', 'gen_hard'] as const;
export type PaperKind = (typeof PAPER_KINDS)[number];

/** The published logs' kinds by their names here. */
export const PROBE_KIND_OF: Readonly<Record<PaperKind, ProbeKind>> = {
  mem: 'memorization',
  gen: 'semantic',
  gen_hard: 'composition',
};

/** @returns what `make` gives for each kind */
export function byKind<T>(make: (kind: PaperKind) => T): Record<PaperKind, T> {
  return { mem: make('mem'), gen: make('gen'), gen_hard: make('gen_hard') };
}

/** What is measured of a probe: the first target token, the target's mean, prompt and target. */
export const PAPER_PARTS = ['first', 'target', 'full'] as const;
export type PaperPart = (typeof PAPER_PARTS)[number];

/** Probes of a kind that each example has. */
export const PROBES_PER_EXAMPLE = 5;

/**
 * A training log as the paper's repository publishes them: one entry a logged step, the first before any training.
 * The file has losses (cross-entropy, nats); here they stand as log probabilities, with the other sign, which is exact.
 */
export interface PublishedLog {
  /** `step` of each entry, as logged; the published code never uses it. */
  readonly loggedSteps: readonly number[];
  /** Examples that every entry has: the published code stops at the shortest. */
  readonly examples: number;
  /** A series is a probe: probe p of example e is series e · 5 + p; its steps are the entries. */
  readonly logprobs: Readonly<Record<PaperKind, Readonly<Record<PaperPart, Column>>>>;
}
