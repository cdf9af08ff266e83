import { FailureError } from '../../core/failure';
import { assertSteady } from './causal';
import { difference } from './differences';
import type { Answer, ModelSession, Question, Rows } from './session';

type Ask = ModelSession['ask'];

export interface InBatches {
  readonly ask: Ask;
  /** Why texts are run one at a time, in words that follow "since". */
  readonly whyApart: string | undefined;
}

/** Rows of the first batch that are run alone too. */
const CHECKED = 4;

/**
 * Runs rows together where the graph bears it. An exporter may have fixed the number of rows somewhere inside, of which
 * nothing says a word: then a batch fails, or its rows run into one another and the numbers are wrong. So of the first
 * batch some rows are run alone too, the last one among them, and from then on all are where that tells another story, or
 * where a batch fails.
 * @param model path, for messages
 * @param most nats that the two may differ
 * @param ask runs a batch; throws FailureError
 */
export function inBatches(model: string, most: number, ask: Ask): InBatches {
  let whyApart: string | undefined;
  let trusted = false;
  return {
    get whyApart() {
      return whyApart;
    },
    async ask(rows, questions) {
      if (rows.length === 1) return ask(rows, questions);
      if (whyApart !== undefined) return askApart(ask, rows, questions);
      try {
        const together = await ask(rows, questions);
        if (trusted) return together;
        const checked = checkedOf(questions);
        const apart = await apartFromAlone(ask, rows, questions, together, checked);
        if (apart <= most) {
          // Rows that say the same may say it of each other.
          trusted = checked.some((row) => !beginsLike(rows[row]!, rows[0]!));
          return together;
        }
        await assertAlone(model, most, ask, rows, questions);
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

/** Some rows that something is asked of, the last one among them. */
function checkedOf(questions: readonly Question[]): number[] {
  const asked = [...new Set(questions.map(({ row }) => row))].sort((a, b) => b - a);
  const every = Math.ceil(asked.length / CHECKED);
  return asked.filter((_, i) => i % every === 0);
}

/** Whether two texts do not part before one of them ends. */
function beginsLike(a: readonly number[], b: readonly number[]): boolean {
  return a.every((id, i) => i >= b.length || id === b[i]);
}

/** The most between what some rows say in the batch and alone, nats. */
async function apartFromAlone(
  ask: Ask,
  rows: Rows,
  questions: readonly Question[],
  together: readonly Answer[],
  checked: readonly number[],
): Promise<number> {
  let most = 0;
  for (const row of checked) {
    const places = placesOf(row, questions);
    const alone = await askOne(ask, rows, questions, places);
    const own = places.map((i) => together[i]);
    most = Math.max(most, difference(alone, own));
  }
  return most;
}

/**
 * A graph may have been fixed to another number of rows than one: then what it says of a row alone is no better.
 * @throws FailureError `model-rows` where it says something else of a row that stands there twice; `model-random`
 */
async function assertAlone(
  model: string,
  most: number,
  ask: Ask,
  rows: Rows,
  questions: readonly Question[],
): Promise<void> {
  const places = placesOf(questions[0]!.row, questions);
  const own = places.map((i) => ({ ...questions[i]!, row: 0 }));
  const row = rows[questions[0]!.row]!;
  await assertSteady(model, most, ask, row);
  const alone = await ask([row], own);
  let twice: readonly Answer[];
  try {
    twice = await ask([row, row], own);
  } catch {
    // It takes one row only, and that is well.
    return;
  }
  if (difference(alone, twice) <= most) return;
  throw new FailureError({
    code: 'model-rows',
    message: 'The graph gives other log probabilities for a text alone than for the same text twice.',
    file: model,
    remedy: 'Its number of rows was fixed when it was exported: export it again with a dynamic batch axis.',
  });
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
