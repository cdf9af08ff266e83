import { setImmediate } from 'node:timers/promises';
import { FailureError } from '../core/failure';
import { makeBatches, tokenBudget } from './batches';
import type { Logits } from './graph/logits';
import type { ModelSession } from './session';
import { logSumExp, pick, type Pick } from './softmax';

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
  /** Mean log probability of all tokens that have something before them, nats per token. */
  readonly full: number;
}

export interface MeasureOptions {
  /** Called after each batch with indices into `texts`. May write to disk: it is waited for. */
  readonly onBatch: (done: ReadonlyMap<number, Measured>) => Promise<void> | void;
  /** Stops between batches. */
  readonly signal?: AbortSignal | undefined;
  /** Most tokens in a batch; chosen by the size of the vocabulary when not given. */
  readonly budget?: number | undefined;
}

/**
 * Runs texts through a model. Between batches the event loop gets its turn, so that a cancel can arrive.
 * @throws FailureError `logits-not-finite` naming text and model, `token-unknown`; what the session throws
 */
export async function measure(
  session: ModelSession,
  texts: readonly ModelText[],
  { onBatch, signal, budget }: MeasureOptions,
): Promise<void> {
  for (const text of texts) checkTokens(text, session.output.vocabulary ?? Infinity, session.model);
  // The last token is only looked up, never shown.
  const rows = texts.map(({ ids }) => ids.slice(0, -1));
  const limit = budget ?? tokenBudget(session.output.vocabulary ?? 50_000);
  for (const batch of makeBatches(
    rows.map((row) => row.length),
    limit,
  )) {
    await setImmediate();
    if (signal?.aborted) return;
    const logits = await session.run(batch.map((index) => rows[index]!));
    const done = new Map(
      batch.map((index, row) => [index, measureRow(logits, row, texts[index]!, session.model)]),
    );
    await onBatch(done);
  }
}

function measureRow(logits: Logits, row: number, text: ModelText, model: string): Measured {
  checkTokens(text, logits.vocabulary, model);
  const tokens: MeasuredToken[] = [];
  let sum = 0;
  for (let place = 1; place < text.ids.length; place++) {
    const id = text.ids[place]!;
    const expected = logits.at(row, place - 1);
    const normalizer = logSumExp(expected);
    if (Number.isNaN(normalizer)) throw notFinite(text, place, model);
    sum += expected[id]! - normalizer;
    if (place >= text.firstTarget) tokens.push({ id, ...pick(expected, id, normalizer) });
  }
  return { tokens, full: sum / (text.ids.length - 1) };
}

function notFinite(text: ModelText, place: number, model: string): FailureError {
  return new FailureError({
    code: 'logits-not-finite',
    message: `The model gives NaN or infinite logits for the probe ${text.name}.`,
    file: model,
    place: `token ${place}`,
    remedy:
      'The checkpoint is damaged or training had diverged; export it again, in float32 if it is in float16.',
  });
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
