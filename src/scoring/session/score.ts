import { setImmediate } from 'node:timers/promises';
import { FailureError } from '../../core/failure';
import { makeBatches, type BatchLimits } from './batches';
import { idsOf, loadOf, partAnswers, questionsOf, rowsOf, type Row } from './rows';
import type { ModelSession } from './session';
import type { Pick } from './softmax';
import { answerWoven, type Answered } from './weaving';

const MOST_NAMED = 5;
/** Rows on which a model fails, without an answer to any other, after which it is given up. */
const HOPELESS = 32;

/** A tokenized text, as the model gets it. */
export interface ModelText {
  readonly ids: readonly number[];
  /** Index of the first target token, at least 1; the target goes on to the end. */
  readonly firstTarget: number;
  /** For messages: `fact/probe`. */
  readonly name: string;
}

export interface MeasuredToken extends Pick {
  readonly id: number;
}

/** What the model says of a text. */
export interface Measured {
  readonly tokens: readonly MeasuredToken[];
  /** Mean log probability of all tokens that have something before them, nats per token; where it was asked for. */
  readonly full: number | undefined;
}

export interface MeasureOptions {
  /** Called after each batch with indices into `texts`. May write to disk: it is waited for. */
  readonly onBatch: (done: ReadonlyMap<number, Measured>) => Promise<void> | void;
  /** Called for a text to which the model has no answer, or on which alone it fails; it is an error when not given. */
  readonly onUnanswered?: (index: number, error: FailureError) => void;
  /** Stops between batches. */
  readonly signal?: AbortSignal | undefined;
  /** Most tokens in a batch; the session's own limit when not given. */
  readonly budget?: number | undefined;
  /** Whether to ask for every token that has something before it, instead of the target's only. */
  readonly full?: boolean | undefined;
  /** Whether what texts have in common may be read once; true when not given. */
  readonly sharing?: boolean | undefined;
  /** Positions that this has to save before it is tried; what trying takes when not given. */
  readonly leastSaved?: number | undefined;
}

/**
 * Runs texts through a model. Between batches the event loop gets its turn, so that a cancel can arrive.
 * @throws FailureError `logits-not-finite` naming text and model, where nobody asks for that; `token-unknown`; what the
 * session throws
 */
export async function measure(
  session: ModelSession,
  texts: readonly ModelText[],
  { onBatch, onUnanswered, signal, budget, full = false, sharing = true, leastSaved }: MeasureOptions,
): Promise<void> {
  for (const text of texts) checkTokens(text, session.vocabulary ?? Infinity, session.model);
  const rows = rowsOf(texts.map(({ ids, firstTarget }) => ({ ids, first: full ? 1 : firstTarget })));
  const limits = { ...session.limits, tokens: budget ?? session.limits.tokens };
  const runs = answer(session, rows, limits, sharing ? { leastSaved } : undefined);
  for (;;) {
    await setImmediate();
    if (signal?.aborted) return;
    const run = await runs.next();
    if (run.done === true) return;
    const done = run.value.flatMap(({ row, answers, error }) =>
      [...row.texts].flatMap(([index, places]) => {
        const text = texts[index]!;
        checkTokens(text, session.vocabulary ?? Infinity, session.model);
        const own = places.map((place) => answers[place]);
        if (own.every((answer) => answer !== undefined)) return [[index, measured(text, own, full)] as const];
        const reason = error ?? notFinite(session.model);
        if (onUnanswered === undefined) throw withNames(reason, [text.name]);
        onUnanswered(index, reason);
        return [];
      }),
    );
    if (done.length > 0) await onBatch(new Map(done));
  }
}

/** Answers rows, run by run: where some begin alike, from one reading of their beginning. */
async function* answer(
  session: ModelSession,
  rows: readonly Row[],
  limits: BatchLimits,
  sharing: { readonly leastSaved: number | undefined } | undefined,
): AsyncGenerator<Answered[]> {
  const left = new Set(rows);
  const woven = sharing === undefined ? [] : answerWoven(session, rows, limits, sharing.leastSaved);
  for await (const answered of woven) {
    for (const { row } of answered) left.delete(row);
    yield answered;
  }
  const others = [...left];
  /** Failed so far, as long as nothing has been answered. */
  const held: Answered[] = [];
  let hasAnswered = left.size < rows.length;
  for (const batch of makeBatches(others.map(loadOf), limits)) {
    const answered = await answerBatch(
      session,
      batch.map((index) => others[index]!),
    );
    hasAnswered ||= answered.some(({ error }) => error === undefined);
    held.push(...answered);
    if (hasAnswered) yield held.splice(0);
    else if (held.length >= HOPELESS) break;
  }
  // A model that fails on everything is told of as a whole.
  if (held[0]?.error !== undefined) throw held[0].error;
}

/** Where a batch fails, row by row: one may be longer than the graph bears, and the others need not suffer for it. */
async function answerBatch(session: ModelSession, rows: readonly Row[]): Promise<Answered[]> {
  try {
    const answers = partAnswers(rows, await session.ask(idsOf(rows), questionsOf(rows)));
    return rows.map((row, i) => ({ row, answers: answers[i]! }));
  } catch (error) {
    if (!(error instanceof FailureError) || error.failure.code !== 'model-run') throw error;
    if (rows.length === 1) return [{ row: rows[0]!, answers: [], error }];
    const answered: Answered[] = [];
    for (const row of rows) answered.push(...(await answerBatch(session, [row])));
    return answered;
  }
}

/** @param answers for the text's last tokens: the target's, or all that have something before them */
function measured(text: ModelText, answers: readonly Pick[], full: boolean): Measured {
  const firstAsked = text.ids.length - answers.length;
  const all = answers.map((answer, i) => ({ id: text.ids[firstAsked + i]!, ...answer }));
  const sum = all.reduce((total, { logprob }) => total + logprob, 0);
  return {
    tokens: all.slice(text.firstTarget - firstAsked),
    full: full ? sum / all.length : undefined,
  };
}

function notFinite(model: string): FailureError {
  return new FailureError({
    code: 'logits-not-finite',
    message: 'The model gives NaN or infinite logits.',
    file: model,
    remedy:
      'The checkpoint is damaged or training had diverged; export it again, in float32 if it is in float16.',
  });
}

/** A failure with some of the texts that it is about. */
export function withNames({ failure }: FailureError, texts: readonly string[]): FailureError {
  const names = [...new Set(texts)];
  const some = names.slice(0, MOST_NAMED).join(', ');
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  const message = `${failure.message.replace(/\.$/, '')}, for the ${names.length === 1 ? 'probe' : 'probes'} ${some}${more}.`;
  return new FailureError({ ...failure, message });
}

/** Before the model is run, where its graph says how large its vocabulary is: it would fail in its own words. */
function checkTokens(text: ModelText, vocabulary: number, model: string): void {
  const unknown = text.ids.find((id) => id >= vocabulary);
  if (unknown === undefined) return;
  throw new FailureError({
    code: 'token-unknown',
    message: `The tokenizer gives token ${unknown} for the probe ${text.name}, but the model knows ${vocabulary} tokens only.`,
    file: model,
    remedy: 'Use the tokenizer that belongs to the model.',
  });
}
