import type { BatchLimits } from './batches';
import type { CacheSizes } from '../context';
import { openGathered, type Gathered } from './gathered';
import { rewriteModel } from '../graph/rewrite';
import { openPlain, type Plain } from './plain';
import type { Compute } from './runtime';
import type { Pick } from './softmax';

/** A place of a batch at which something is asked. */
export interface Question {
  /** Index of the text in the batch. */
  readonly row: number;
  /** Index of the token after which it is asked. */
  readonly place: number;
  /** The token whose probability is asked for. */
  readonly id: number;
}

/** What the model says to a question; undefined where a logit of that place is NaN or infinite. */
export type Answer = Pick | undefined;

/** Token ids of texts, which may differ in length. */
export type Rows = readonly (readonly number[])[];

/** A model in memory. */
export interface ModelSession {
  readonly model: string;
  /** Entries in the vocabulary, where that is known; padding of the embedding counts, as in the model's own softmax. */
  readonly vocabulary: number | undefined;
  /** `gathered`: rewritten, so that logits never leave ONNX Runtime; `plain`: as it is in the file. */
  readonly path: 'gathered' | 'plain';
  /** Why the plain graph is run, in words that follow "since". */
  readonly why: string | undefined;
  /** How much may be asked at once. */
  readonly limits: BatchLimits;
  /**
   * Runs texts through the model. Blocks the process.
   * @throws FailureError `model-run`, `model-output`, `model-last-logits`
   */
  ask(rows: Rows, questions: readonly Question[]): Promise<readonly Answer[]>;
  release(): Promise<void>;
}

export interface SessionOptions extends Compute {
  /** Sizes of the caches, for graphs that do not say. */
  readonly cache?: CacheSizes | undefined;
  /** Runs the graph as it is in the file, for comparison. */
  readonly plain?: boolean;
}

/**
 * Loads a model: rewritten where its graph is one that can be, else as it is.
 * @throws FailureError `model-unreadable`, `model-data-missing`, `model-input`, `model-output`
 */
export async function openSession(model: string, options: SessionOptions): Promise<ModelSession> {
  const { rewritten, alone } = rewriteModel(model);
  const gathered = options.plain
    ? 'that was asked for'
    : typeof rewritten === 'string'
      ? rewritten
      : await openGathered(model, rewritten, options);
  let open: Gathered | Plain | undefined;
  let why: string | undefined;
  const usePlain = async (reason: string): Promise<Plain> => {
    why = reason;
    await open?.release();
    open = undefined;
    const opened = await openPlain(model, options);
    open = opened;
    return opened;
  };
  if (typeof gathered === 'string') await usePlain(gathered);
  else open = gathered;
  return {
    model,
    get vocabulary() {
      return open?.vocabulary;
    },
    get path() {
      return why === undefined ? 'gathered' : 'plain';
    },
    get why() {
      return why;
    },
    get limits() {
      const { tokens = 1, questions = 1 } = open?.limits ?? {};
      return { tokens, questions, rows: alone ? 1 : Infinity };
    },
    async ask(rows, questions) {
      const answers = (await open?.ask(rows, questions)) ?? 'it has been released';
      return typeof answers === 'string' ? (await usePlain(answers)).ask(rows, questions) : answers;
    },
    release: async () => open?.release(),
  };
}
