import { FailureError } from '../../core/failure';
import { makeBatches, type BatchLimits } from './batches';
import { differences, MOST_APART } from './differences';
import { planSharing, RUN, type Member, type Unit } from './groups';
import { idsOf, loadOf, partAnswers, questionsOf, type Row } from './rows';
import type { Answer, ModelSession, Sharing } from './session';

/** A row with the answers to its `asks`. */
export interface Answered {
  readonly row: Row;
  readonly answers: readonly Answer[];
}

/**
 * Answers the rows of which it saves work to read the common beginning once, and to go on from there. Of those that come
 * first some are run whole too: where a log probability differs by more than 1e-4 nats, or where the graph fails,
 * nothing more is answered, and the session's sharing says why.
 * @returns what each run has answered; nothing while it is tried out
 */
export async function* answerShared(
  session: ModelSession,
  rows: readonly Row[],
  limits: BatchLimits,
): AsyncGenerator<Answered[]> {
  const { sharing } = session;
  if (sharing === undefined) return;
  const trial = sharing.trusted ? 0 : limits.tokens + RUN;
  try {
    for (const unit of planSharing(rows, limits, trial)) {
      if (sharing.why !== undefined) return;
      if (sharing.trusted) yield* answerUnit(sharing, unit);
      else yield* tryOut(session, sharing, unit, limits);
    }
  } catch (error) {
    // Whole texts come next, and if those fail too, that is told.
    if (!(error instanceof FailureError)) throw error;
    sharing.why = `going on from one reading fails: ${error.failure.message.replace(/[. ]+$/, '')}`;
  }
}

async function* tryOut(
  session: ModelSession,
  sharing: Sharing,
  unit: Unit,
  limits: BatchLimits,
): AsyncGenerator<Answered[]> {
  const held: Answered[] = [];
  for await (const answered of answerUnit(sharing, unit)) {
    held.push(...answered);
    yield [];
  }
  if (sharing.why !== undefined) return;
  const together = new Map(held.map(({ row, answers }) => [row, answers]));
  const some = sampleOf(unit, limits);
  let apart = 0;
  for (const batch of makeBatches(some.map(loadOf), limits)) {
    const whole = batch.map((index) => some[index]!);
    const answers = partAnswers(whole, await session.ask(idsOf(whole), questionsOf(whole)));
    for (const [i, row] of whole.entries()) {
      apart = Math.max(apart, ...differences(together.get(row)!, answers[i]!));
    }
    yield [];
  }
  if (apart <= MOST_APART) {
    sharing.trusted = true;
    yield held;
  } else sharing.why = `going on from one reading changes log probabilities by ${apart.toPrecision(2)} nats`;
}

/** The shortest row of each run, the one with most padding, or of some of them: about a batch. */
function sampleOf({ batches }: Unit, limits: BatchLimits): Row[] {
  const rows = batches.map((batch) => batch.at(-1)!.member.row);
  const longest = Math.max(...rows.map(({ ids }) => ids.length));
  const every = Math.ceil((rows.length * longest) / limits.tokens);
  return rows.filter((_, i) => i % every === 0);
}

async function* answerUnit(sharing: Sharing, { groups, keeps, batches }: Unit): AsyncGenerator<Answered[]> {
  const reading = await sharing.read(idsOf(groups), questionsOf(groups), keeps);
  if (reading === undefined) return;
  const early = partAnswers(groups, reading.answers);
  const answered = (group: number, { row, places }: Member, late: readonly Answer[]): Answered => {
    const rest = late.values();
    const answers = places.map((place) => (place === undefined ? rest.next().value : early[group]![place]));
    return { row, answers };
  };
  yield groups.flatMap(({ members }, group) =>
    members.filter(({ places }) => !places.includes(undefined)).map((member) => answered(group, member, [])),
  );
  for (const batch of batches) {
    const rests = batch.map(({ rest }) => rest);
    const caches = batch.map(({ group }) => reading.caches[group]!);
    const answers = await sharing.goOn(caches, idsOf(rests), questionsOf(rests));
    if (answers === undefined) return;
    const late = partAnswers(rests, answers);
    yield batch.map(({ group, member }, i) => answered(group, member, late[i]!));
  }
}
