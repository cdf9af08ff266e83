import { FailureError } from '../../core/failure';
import { makeBatches, type BatchLimits } from './batches';
import { difference } from './differences';
import { loadOf, partAnswers, questionsOf, type Row } from './rows';
import type { Answer, ModelSession, Question } from './session';
import { makeTrial } from './trial';
import { weaveRows, type WovenRow } from './woven';

/** Reads what texts have in common at their beginning once, in rows that are woven of them. */
export interface Weaving {
  /** Tokens of the widest row that may be woven: as far as it has been tried out; 0 before that. */
  verified: number;
  /** Tokens that a row may have; Infinity where nobody knows. */
  readonly longest: number;
  /** Nats that answers may differ by roundings. */
  readonly tolerance: number;
  /** Numbers in the model's weights. */
  readonly parameters: number;
  /** Loads the graph that takes woven rows in place of the other. @returns whether that went well */
  open(): Promise<boolean>;
  /** As the session's `ask`, once it is open; undefined where it turns out that the graph does not take it. */
  ask(rows: readonly WovenRow[], questions: readonly Question[]): Promise<readonly Answer[] | undefined>;
  /** Loads the other graph again, for good. @param why in words that follow "since" */
  giveUp(why: string): Promise<void>;
}

/** A row with the answers to its `asks`. */
export interface Answered {
  readonly row: Row;
  readonly answers: readonly Answer[];
  /** Why there are none, where the model failed on this row. */
  readonly error?: FailureError;
}

/** What another graph costs, in batches: about so many take as long as loading it. */
const LOADING = 5;
/**
 * What it costs besides, however small the model is, in products of numbers: making a session takes some 40 ms even of
 * the example's model, and in that time it reads about as much as weaving would save it.
 */
const STARTING = 4e9;
/** What a trial costs, in rows of its width. */
const TRYING = 8;

/**
 * Answers rows from woven ones, where that leaves less to do. Before the first it is tried out on made-up texts whether
 * the graph then says what it says of texts alone, as it is without weaving: where a log probability differs by more than
 * roundings, or where the graph fails, nothing is answered here, and the session says why.
 * @param least positions that have to be saved before it is tried; what loading and the trial take when not given
 * @returns what each run has answered
 */
export async function* answerWoven(
  session: ModelSession,
  rows: readonly Row[],
  limits: BatchLimits,
  least: number | undefined,
): AsyncGenerator<Answered[]> {
  const { weaving } = session;
  if (weaving === undefined) return;
  const longest = weaving.verified > 0 ? weaving.verified : weaving.longest;
  const woven = weaveRows(rows, { ...limits, longest });
  const saved = tokensOf(rows) - tokensOf(woven);
  if (saved <= 0) return;
  const batches = makeBatches(woven.map(loadOf), limits).map((batch) => batch.map((i) => woven[i]!));
  try {
    if (weaving.verified === 0) {
      const width = Math.max(...batches.filter((batch) => batch.some(isWoven)).map(widthOf));
      const trying = LOADING * limits.tokens + STARTING / weaving.parameters + TRYING * width;
      if (saved <= (least ?? trying)) return;
      yield [];
      if (!(await tryOut(session, weaving, width, rows))) return;
      weaving.verified = width;
    }
    for (const batch of batches) {
      const answers = await weaving.ask(batch, questionsOf(batch));
      if (answers === undefined) return;
      yield answeredOf(batch, answers);
    }
  } catch (error) {
    // Whole texts come next, and if those fail too, that is told.
    if (!(error instanceof FailureError)) throw error;
    await weaving.giveUp(`read with others they fail: ${error.failure.message.replace(/[. ]+$/, '')}`);
  }
}

/** Whether what a graph says of woven rows is what it says of their texts alone, without weaving. */
async function tryOut(
  session: ModelSession,
  weaving: Weaving,
  width: number,
  rows: readonly Row[],
): Promise<boolean> {
  const trial = makeTrial(
    width,
    rows.flatMap(({ ids }) => ids),
  );
  if (trial === undefined) return false;
  const alone = new Map<Row, readonly Answer[]>();
  for (const row of trial.rows) alone.set(row, await session.ask([row.ids], questionsOf([row])));
  // It may have turned out that the graph has to be run as it is.
  if (session.weaving === undefined || !(await weaving.open())) return false;
  for (const batch of trial.batches) {
    const answers = await weaving.ask(batch, questionsOf(batch));
    if (answers === undefined) return false;
    const apart = answeredOf(batch, answers).map((one) => difference(one.answers, alone.get(one.row)!));
    const most = Math.max(...apart);
    if (most <= weaving.tolerance) continue;
    await weaving.giveUp(`read with others log probabilities are ${most.toPrecision(2)} nats off`);
    return false;
  }
  return true;
}

function tokensOf(rows: readonly { readonly ids: readonly number[] }[]): number {
  return rows.reduce((sum, { ids }) => sum + ids.length, 0);
}

function isWoven({ members }: WovenRow): boolean {
  return members.length > 1;
}

function widthOf(batch: readonly WovenRow[]): number {
  return Math.max(...batch.map(({ ids }) => ids.length));
}

function answeredOf(woven: readonly WovenRow[], answers: readonly Answer[]): Answered[] {
  const parts = partAnswers(woven, answers);
  return woven.flatMap(({ members }, i) =>
    members.map(({ row, asks }) => ({ row, answers: asks.map((place) => parts[i]![place]) })),
  );
}
