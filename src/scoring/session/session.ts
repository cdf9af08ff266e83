import { inBatches } from './apart';
import type { BatchLimits } from './batches';
import type { Cache } from './caches';
import type { CacheSizes } from '../context';
import { COARSELY_APART, MOST_APART } from './differences';
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

/** What the model says to questions, and what it keeps of each row. */
export interface Reading {
  readonly answers: readonly Answer[];
  readonly caches: readonly Cache[];
}

/** Reads what texts have in common once, and goes on from there. */
export interface Sharing {
  /** Whether it has been found to give what whole texts give. */
  trusted: boolean;
  /** Why it is not done, in words that follow "since". */
  why: string | undefined;
  /**
   * As the session's `ask`, and keeps what was read; undefined where it turns out not to be possible.
   * @param keeps of each row, how many tokens from its first
   */
  read(rows: Rows, questions: readonly Question[], keeps: readonly number[]): Promise<Reading | undefined>;
  /** As the session's `ask`; each row goes on from a cache, all of one length. */
  goOn(
    caches: readonly Cache[],
    rows: Rows,
    questions: readonly Question[],
  ): Promise<readonly Answer[] | undefined>;
}

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
  /** Undefined where the graph hands out no caches. */
  readonly sharing: Sharing | undefined;
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
  const { rewritten, alone, coarse } = rewriteModel(model, options.provider);
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
  const batches = inBatches(
    async (rows, questions) => {
      const answers = (await open?.ask(rows, questions)) ?? 'it has been released';
      return typeof answers === 'string' ? (await usePlain(answers)).ask(rows, questions) : answers;
    },
    // Apple's Neural Engine, for one, computes in float16 whatever the graph says.
    coarse || (options.provider ?? 'cpu') !== 'cpu' ? COARSELY_APART : MOST_APART,
  );
  const sharing = typeof gathered === 'string' || alone ? undefined : sharingOf(gathered, usePlain);
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
    get limits() {
      const { tokens = 1, questions = 1, rows = 1 } = open?.limits ?? {};
      return {
        tokens,
        questions,
        rows: alone || batches.whyApart !== undefined ? 1 : rows,
        padding: Infinity,
      };
    },
    get sharing() {
      return why === undefined ? sharing : undefined;
    },
    ask: batches.ask,
    release: async () => open?.release(),
  };
}

function sharingOf(gathered: Gathered, usePlain: (why: string) => Promise<Plain>): Sharing | undefined {
  if (!gathered.handsOut) return undefined;
  const checked = async <Found>(found: Found | string): Promise<Found | undefined> => {
    if (typeof found !== 'string') return found;
    sharing.why = found;
    await usePlain(found);
    return undefined;
  };
  const sharing: Sharing = {
    trusted: false,
    why: undefined,
    read: async (rows, questions, keeps) => {
      const { answers, caches } = (await checked(await gathered.read(rows, questions, keeps))) ?? {};
      if (answers === undefined) return undefined;
      if (caches !== undefined) return { answers, caches };
      sharing.why = 'its caches are not of the shape [batch, heads, length, size]';
      return undefined;
    },
    goOn: async (caches, rows, questions) => checked(await gathered.ask(rows, questions, caches)),
  };
  return sharing;
}
