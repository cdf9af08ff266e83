import { inBatches } from './apart';
import type { BatchLimits } from './batches';
import { inOrder } from './causal';
import { FailureError } from '../../core/failure';
import type { CacheSizes } from '../context';
import { COARSELY_APART, MOST_APART } from './differences';
import { openGathered, type Gathered } from './gathered';
import { rewriteModel, type Rewritten } from '../graph/rewrite';
import { openPlain, type Plain } from './plain';
import type { Compute } from './runtime';
import type { Pick } from './softmax';
import type { Weaving } from './weaving';

/** A place of a batch at which something is asked. */
export interface Question {
  /** Index of the text in the batch. */
  readonly row: number;
  /** Index of the token after which it is asked. */
  readonly place: number;
  /** The token whose probability is asked for. */
  readonly id: number;
}

/** What the model says to a question; undefined where a logit of that place is NaN or +∞, or the token's own −∞. */
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
  /** Why texts are run one at a time, in such words, where the graph does not say so beforehand. */
  readonly whyApart: string | undefined;
  /** How much may be asked at once. */
  readonly limits: BatchLimits;
  /** Undefined where the graph does not take woven rows. */
  readonly weaving: Weaving | undefined;
  /** Why it was taken to and does not, in such words. */
  readonly whyRepeated: string | undefined;
  /** Whether what follows a token can change its log probability: activations are quantized by a whole text's range. */
  readonly leaks: boolean;
  /**
   * Runs texts through the model. Blocks the process.
   * @throws FailureError `model-run`, `model-output`, `model-last-logits`, `model-rows`, `model-not-causal`, `model-random`
   */
  ask(rows: Rows, questions: readonly Question[]): Promise<readonly Answer[]>;
  release(): Promise<void>;
}

export interface SessionOptions extends Compute {
  /** Sizes of the caches, for graphs that do not say. */
  readonly cache?: CacheSizes | undefined;
  /** Tokens the model can look at, where that is known. */
  readonly context?: number | undefined;
  /** Runs the graph as it is in the file, for comparison. */
  readonly plain?: boolean;
}

/**
 * Loads a model: rewritten where its graph is one that can be, else as it is.
 * @throws FailureError `model-unreadable`, `model-data-missing`, `model-input`, `model-output`
 */
export async function openSession(model: string, options: SessionOptions): Promise<ModelSession> {
  const { rewritten, alone, coarse } = rewriteModel(model, options);
  // Apple's Neural Engine, for one, computes in float16 whatever the graph says.
  const isCoarse = coarse || (options.provider ?? 'cpu') !== 'cpu';
  const tolerance = isCoarse ? COARSELY_APART : MOST_APART;
  let open: Gathered | Plain | undefined;
  let askWoven: Gathered['askWoven'] | undefined;
  let why: string | undefined;
  let whyRepeated: string | undefined;
  let released = false;

  const close = async (): Promise<void> => {
    const before = open;
    open = askWoven = undefined;
    await before?.release();
  };
  const usePlain = async (reason: string): Promise<Plain> => {
    why = reason;
    await close();
    const plain = await openPlain(model, options);
    open = plain;
    return plain;
  };
  /** @returns why it cannot be, where it cannot */
  const use = async (how: Rewritten | string): Promise<string | undefined> => {
    await close();
    const opened = typeof how === 'string' ? how : await openGathered(model, how, options);
    if (typeof opened === 'string') return opened;
    open = opened;
    if (typeof how !== 'string' && how.woven) askWoven = opened.askWoven;
    return undefined;
  };
  const useUnwoven = async (): Promise<void> => {
    const reason = await use(options.plain === true ? 'that was asked for' : rewritten);
    if (reason !== undefined) await usePlain(reason);
  };
  await useUnwoven();

  const batches = inBatches(model, tolerance, async (rows, questions) => {
    if (released) throw new Error('The session has been released.');
    if (open === undefined) await useUnwoven();
    const answers = await open!.ask(rows, questions).catch(async (error: unknown) => {
      if (askWoven === undefined || !(error instanceof FailureError)) throw error;
      await weaving.giveUp(`it then fails: ${error.failure.message.replace(/[. ]+$/, '')}`);
      return open!.ask(rows, questions);
    });
    return typeof answers === 'string' ? (await usePlain(answers)).ask(rows, questions) : answers;
  });
  const weaving: Weaving = {
    verified: 0,
    longest: options.context ?? Infinity,
    tolerance,
    parameters: typeof rewritten === 'string' ? 0 : rewritten.parameters,
    open: async () => {
      const reason = await use(rewriteModel(model, { ...options, weaving: true }).rewritten);
      if (reason !== undefined) await weaving.giveUp(reason);
      return reason === undefined;
    },
    ask: async (rows, questions) => {
      const answers = await askWoven?.(rows, questions);
      if (typeof answers !== 'string') return answers;
      await usePlain(answers);
      return undefined;
    },
    giveUp: async (reason) => {
      whyRepeated = reason;
      await useUnwoven();
    },
  };
  const canWeave = (): boolean =>
    typeof rewritten !== 'string' &&
    rewritten.weaves &&
    ![why, whyRepeated, batches.whyApart].some((reason) => reason !== undefined);
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
    get whyApart() {
      return batches.whyApart;
    },
    get whyRepeated() {
      return whyRepeated;
    },
    get limits() {
      const { tokens = 1, questions = 1, rows = 1 } = open?.limits ?? {};
      return {
        tokens,
        questions,
        rows: alone || batches.whyApart !== undefined ? 1 : rows,
        padding: Infinity,
      };
    },
    get weaving() {
      return canWeave() ? weaving : undefined;
    },
    leaks: alone,
    ask: alone ? batches.ask : inOrder(model, tolerance, batches.ask),
    release: async () => {
      released = true;
      await close();
    },
  };
}
