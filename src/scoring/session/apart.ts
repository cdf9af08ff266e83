import { FailureError } from '../../core/failure';
import { differences } from './differences';
import type { Answer, ModelSession, Question, Rows } from './session';

type Ask = ModelSession['ask'];

export interface InBatches {
  readonly ask: Ask;
  /** Why texts are run one at a time, in words that follow "since". */
  readonly whyApart: string | undefined;
}

/**
 * Runs rows together where the graph bears it. An exporter may have fixed the number of rows somewhere inside, of which
 * nothing says a word: then a batch fails, or its rows run into one another and the numbers are wrong. So of the first
 * batch the last row, which is the shortest and has all others before it, is run alone too, and from then on all are
 * where a batch fails or tells another story.
 * @param ask runs a batch; throws FailureError
 * @param most nats that the two may differ
 */
export function inBatches(ask: Ask, most: number): InBatches {
  let whyApart: string | undefined;
  let trusted = false;
  return {
    get whyApart() {
      return whyApart;
    },
    async ask(rows, questions) {
      if (rows.length === 1) return ask(rows, questions);
      if (whyApart !== undefined) return askApart(ask, rows, questions);
      if (trusted) return ask(rows, questions);
      try {
        const together = await ask(rows, questions);
        const apart = await difference(ask, rows, questions, together);
        trusted = apart <= most;
        if (trusted) return together;
        whyApart = `in a batch log probabilities are ${apart.toPrecision(2)} nats off`;
      } catch (error) {
        if (!(error instanceof FailureError) || error.failure.code !== 'model-run') throw error;
        // If one by one fails too, that is told: it is the shorter story.
        const answers = await askApart(ask, rows, questions);
        whyApart = `with several it fails: ${error.failure.message.replace(/[. ]+$/, '')}`;
        return answers;
      }
      return askApart(ask, rows, questions);
    },
  };
}

/** Of the last row that something is asked of, between its answers in the batch and alone, nats. */
async function difference(
  ask: Ask,
  rows: Rows,
  questions: readonly Question[],
  together: readonly Answer[],
): Promise<number> {
  const last = questions.reduce((most, { row }) => Math.max(most, row), 0);
  const places = placesOf(last, questions);
  const alone = await askOne(ask, rows, questions, places);
  return Math.max(
    ...differences(
      alone,
      places.map((i) => together[i]),
    ),
  );
}

async function askApart(ask: Ask, rows: Rows, questions: readonly Question[]): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const row of rows.keys()) {
    const places = placesOf(row, questions);
    if (places.length === 0) continue;
    const found = await askOne(ask, rows, questions, places);
    for (const [j, i] of places.entries()) answers[i] = found[j];
  }
  return answers;
}

/** @param places of the questions to one row, at least one */
async function askOne(
  ask: Ask,
  rows: Rows,
  questions: readonly Question[],
  places: readonly number[],
): Promise<readonly Answer[]> {
  const own = places.map((i) => ({ ...questions[i]!, row: 0 }));
  return ask([rows[questions[places[0]!]!.row]!], own);
}

function placesOf(row: number, questions: readonly Question[]): number[] {
  return [...questions.keys()].filter((i) => questions[i]!.row === row);
}
