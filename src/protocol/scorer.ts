import type { Failure } from '../core/failure';
import type { ScoreRequest } from '../core/results/request';

export type { ScoreRequest };

/**
 * Execution providers of ONNX Runtime, as its package for Node names them. TensorRT is left out: it would build an
 * engine, for minutes, whenever a batch has another width.
 */
export const PROVIDERS = ['cpu', 'cuda', 'coreml', 'dml', 'webgpu'] as const;
export type Provider = (typeof PROVIDERS)[number];

/** What a scoring job asks of one checkpoint, or a share of it: the unit that a crash of the scorer costs. */
export interface CheckpointTask {
  /** Unique for each task; progress and cancel name it. */
  readonly id: string;
  readonly run: string;
  readonly step: number;
  /** Absolute path of the .onnx file. */
  readonly model: string;
  /** Absolute path of the folder that holds tokenizer.json. */
  readonly tokenizer: string;
  /** Absolute path of the results folder, `<name>.scores`. */
  readonly results: string;
  readonly requests: readonly ScoreRequest[];
  /** Threads for this session. */
  readonly threads: number;
  /** What computes; `cpu` when not given. */
  readonly provider?: Provider | undefined;
  /** Also the mean over prompt and target, `logprob_full`; a score on disk without it is then made anew. */
  readonly full?: boolean | undefined;
  /** Whether what prompts have in common may be read once; true when not given. */
  readonly sharing?: boolean | undefined;
  /** Positions that this has to save before it is tried; what trying takes when not given. */
  readonly leastSaved?: number | undefined;
}

export interface CheckpointOutcome {
  /** Texts run through the model now. */
  readonly scored: number;
  /** Texts whose score was on disk already. */
  readonly reused: number;
  readonly cancelled: boolean;
  /** Texts that cannot be scored at all (an unknown character, nothing before the target), each naming its probe. */
  readonly refused: readonly Failure[];
  /** What is wrong with the model for some of the texts; the others are scored. */
  readonly failures: readonly Failure[];
  readonly remarks: readonly Remark[];
}

/** Something worth saying that does not stop the work: border tokens, prompts cut on the left. */
export interface Remark {
  /** A sentence; without its full stop where probes follow. */
  readonly what: string;
  /** Those that it is said of, with what else there is to say of each. */
  readonly probes?: readonly string[];
}

/** What the scorer process offers. */
export interface ScorerApi {
  /** Scores what is not scored yet and writes it to disk. Rejects with a failure that names the file. */
  scoreCheckpoint(task: CheckpointTask): Promise<CheckpointOutcome>;
  /** Stops hashing at once, and scoring between batches; what is done is kept. */
  cancel(taskId: string): void;
}

/** What the scorer process tells unasked. */
export interface ScorerEvents {
  /** Once, when the process has started. */
  ready(): void;
  /** It works on a task though nothing of it is done yet. */
  alive(): void;
  progress(taskId: string, done: number, total: number): void;
}
