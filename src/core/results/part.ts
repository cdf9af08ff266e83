import type { Scorer } from './key';
import type { ScoreRow } from './row';

/** What a part says of all its rows: the key-value metadata of its Parquet file, each under `knowledge-probes.<name>`. */
export interface PartMetadata {
  /** Null for results measured elsewhere: nothing is known of their model, and rows are told apart by ids alone. */
  readonly scorer: Scorer | null;
  /** ONNX Runtime version, execution provider, types of weights and logits, threads, program version, …: for the record. */
  readonly settings: Readonly<Record<string, string>>;
}

/** One immutable file of a results folder. */
export interface Part {
  readonly metadata: PartMetadata;
  readonly rows: readonly ScoreRow[];
}
