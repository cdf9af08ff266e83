import { FailureError } from '../../core/failure';
import { makeBatches, type BatchLimits } from './batches';
import { differences } from './differences';
import { idsOf, loadOf, partAnswers, questionsOf, type Row } from './rows';
import type { Answer, ModelSession, Question } from './session';
import { weaveRows, type WovenRow } from './woven';

/** Reads what texts have in common at their beginning once, in rows that are woven of them. */
export interface Weaving {
  /** Tokens of the widest batch that has been found to give what its texts give alone; 0 before the first. */
  verified: number;
  /** Tokens that a row may have; Infinity where nobody knows. */
  readonly longest: number;
  /** Nats that answers may differ by roundings. */
  readonly tolerance: number;
  /** As the session's `ask`; undefined where it turns out that the graph does not take it. */
  ask(rows: readonly WovenRow[], questions: readonly Question[]): Promise<readonly Answer[] | undefined>;
  /** From now on texts are run one by one. @param why in words that follow "since" */
  giveUp(why: string): Promise<void>;
}

/** A row with the answers to its `asks`. */
export interface Answered {
  readonly row: Row;
  readonly answers: readonly Answer[];
}

/**
 * Answers rows from woven ones, where that leaves less to do. Of the first batch that is woven, the widest, a text of
 * each row is run alone too: where a log probability differs by more than roundings, or where the graph fails, nothing
 * more is answered, and the session says why.
 * @returns what each run has answered
 */
export async function* answerWoven(
  session: ModelSession,
  rows: readonly Row[],
  limits: BatchLimits,
): AsyncGenerator<Answered[]> {
  const { weaving } = session;
  if (weaving === undefined) return;
  const woven = weaveRows(rows, { tokens: limits.tokens, longest: weaving.longest });
  const saved = tokensOf(rows) - tokensOf(woven);
  if (saved <= (weaving.verified > 0 ? 0 : limits.tokens)) return;
  for (const batch of makeBatches(woven.map(loadOf), limits)) {
    const some = batch.map((index) => woven[index]!);
    const answered = await answerBatch(session, weaving, some, limits);
    if (answered === undefined) return;
    yield answered;
  }
}

function tokensOf(rows: readonly { readonly ids: readonly number[] }[]): number {
  return rows.reduce((sum, { ids }) => sum + ids.length, 0);
}

/** @returns undefined where weaving was given up */
async function answerBatch(
  session: ModelSession,
  weaving: Weaving,
  woven: readonly WovenRow[],
  limits: BatchLimits,
): Promise<Answered[] | undefined> {
  const questions = questionsOf(woven);
  if (woven.every(({ members }) => members.length === 1)) {
    return answeredOf(woven, await session.ask(idsOf(woven), questions));
  }
  try {
    const answers = await weaving.ask(woven, questions);
    if (answers === undefined) return undefined;
    const answered = answeredOf(woven, answers);
    const width = Math.max(...woven.map(({ ids }) => ids.length));
    if (width <= weaving.verified) return answered;
    const apart = await difference(session, woven, answered, limits);
    if (apart <= weaving.tolerance) {
      weaving.verified = width;
      return answered;
    }
    await weaving.giveUp(`read with others log probabilities are ${apart.toPrecision(2)} nats off`);
  } catch (error) {
    // Whole texts come next, and if those fail too, that is told.
    if (!(error instanceof FailureError)) throw error;
    await weaving.giveUp(`read with others they fail: ${error.failure.message.replace(/[. ]+$/, '')}`);
  }
  return undefined;
}

function answeredOf(woven: readonly WovenRow[], answers: readonly Answer[]): Answered[] {
  const parts = partAnswers(woven, answers);
  return woven.flatMap(({ members }, i) =>
    members.map(({ row, asks }) => ({ row, answers: asks.map((place) => parts[i]![place]) })),
  );
}

/** Between what woven rows say of their last texts, which have most before them that they must not see, and these alone. */
async function difference(
  session: ModelSession,
  woven: readonly WovenRow[],
  answered: readonly Answered[],
  limits: BatchLimits,
): Promise<number> {
  const together = new Map(answered.map(({ row, answers }) => [row, answers]));
  const last = woven.flatMap(({ members }) => (members.length === 1 ? [] : [members.at(-1)!.row]));
  let apart = 0;
  for (const batch of makeBatches(last.map(loadOf), limits)) {
    const some = batch.map((index) => last[index]!);
    const answers = partAnswers(some, await session.ask(idsOf(some), questionsOf(some)));
    for (const [i, row] of some.entries()) {
      apart = Math.max(apart, ...differences(together.get(row)!, answers[i]!));
    }
  }
  return apart;
}
