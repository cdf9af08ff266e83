import type { ProbeKind } from '../../probes/model';

/**
 * Results measured elsewhere, during training, as columns: a published log has 2,200 entries of 1,950 probes, and an
 * object for each of them would not fit.
 */
export interface MeasuredLog {
  /** Updates completed, ascending; of the published logs the entries' indices, because the first is before training. */
  readonly steps: readonly number[];
  /** Beside each of them the step as it was logged. */
  readonly loggedSteps: readonly number[];
  /** Ids, in the order of the columns' rows. */
  readonly probes: readonly MeasuredProbe[];
  /** Mean over the target's tokens, nats per token. */
  readonly logprob_mean: Column;
  /** The first target token's, nats. */
  readonly logprob_first?: Column;
  /** Prompt and target, nats per token. */
  readonly logprob_full?: Column;
  /** Mean over the foils of their own means, nats per token. */
  readonly logprob_foils?: Column;
}

export interface MeasuredProbe {
  readonly fact: string;
  readonly probe: string;
  /** Where the log or a probe file says it. */
  readonly kind?: ProbeKind;
}

/** Losses that were float32 in training, and mostly they were, need half the room. */
export type Numbers = Float64Array | Float32Array;

/** A table of series × steps, series by series: series s at step i stands at s · steps + i. */
export interface Column {
  /** NaN where the log says NaN, and where nothing was measured. */
  readonly values: Numbers;
  /** 1 where the log says null or has no such line; undefined where it has all. */
  readonly missing: Uint8Array | undefined;
}
