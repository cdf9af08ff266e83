import type { Condition, ProbeKind } from '../probes/model';

export const ROLES = ['target', 'alternative', 'foil'] as const;
/** `target`: the first accepted target; `alternative`: a further accepted target; `foil`: for specificity. */
export type Role = (typeof ROLES)[number];

export interface TokenAlternative {
  readonly id: number;
  readonly token: string;
  /** Nats. */
  readonly logprob: number;
}

/** One token of a scored continuation. */
export interface TokenScore {
  readonly id: number;
  readonly token: string;
  /** ln p(token | everything before it), nats. */
  readonly logprob: number;
  /** 1 + number of strictly greater logits. */
  readonly rank: number;
  /** The five likeliest tokens at this position, likeliest first. */
  readonly best: readonly TokenAlternative[];
}

/**
 * A row as `results` and `export` give it: of a results folder, or of an imported log, which does not say everything.
 * What is not known is null.
 */
export type ResultRow = Pick<
  ScoreRow,
  'run' | 'step' | 'fact' | 'probe' | 'kind' | 'condition' | 'role' | 'index' | 'text' | 'tokens'
> & {
  readonly [
    Name in
      | 'n_tokens'
      | 'n_bytes'
      | 'logprob_mean'
      | 'logprob_sum'
      | 'logprob_first'
      | 'logprob_full'
      | 'greedy'
      | 'key'
  ]: ScoreRow[Name] | null;
} & {
  /** The step as a training log numbers it. */
  readonly logged_step?: number;
};

/** One score: a text after a probe's prompt, at one checkpoint. Column names are those of the results folder. */
export interface ScoreRow {
  readonly run: string;
  /** Updates completed. */
  readonly step: number;
  readonly fact: string;
  readonly probe: string;
  readonly kind: ProbeKind;
  readonly condition: Condition | null;
  readonly role: Role;
  /** Place among the texts of this role. */
  readonly index: number;
  /** The target or foil, without the join. */
  readonly text: string;
  readonly n_tokens: number;
  /** UTF-8 bytes of the text. */
  readonly n_bytes: number;
  /** Mean over the continuation's tokens, nats per token. */
  readonly logprob_mean: number;
  readonly logprob_sum: number;
  readonly logprob_first: number;
  /**
   * Mean over all tokens of prompt and continuation that have something before them, nats per token; null where it was
   * not asked for, since it takes the model's word on every position.
   */
  readonly logprob_full: number | null;
  /** Whether greedy decoding would give the whole continuation. */
  readonly greedy: boolean;
  /** Empty for results measured elsewhere. */
  readonly tokens: readonly TokenScore[];
  /** Content key: the same key is never scored twice. */
  readonly key: string;
}
