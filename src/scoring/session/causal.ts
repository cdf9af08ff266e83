import { FailureError } from '../../core/failure';
import { difference } from './differences';
import type { Answer, ModelSession, Question } from './session';

type Ask = ModelSession['ask'];

/** Tokens of the text that is looked at: some models (LongRoPE) read texts of more than 4,096 in another way throughout. */
const LONGEST = 1024;
/** Places that are looked at in it. */
const PLACES = 8;

/**
 * Makes sure that a token's log probability does not depend on what follows it, before the first answers are handed out:
 * a text's first half is asked without the second. A model that fills masks has logits of the same shape as a decoder, and
 * a decoder that was traced with an example of one token may have lost its causal mask.
 * @param model path, for messages
 * @param most nats by which the two may differ
 * @param ask throws FailureError; what is returned throws `model-not-causal` and `model-random` besides
 */
export function inOrder(model: string, most: number, ask: Ask): Ask {
  let trusted = false;
  return async (rows, questions) => {
    const answers = await ask(rows, questions);
    if (trusted) return answers;
    const longest = rows.reduce((long, row) => (row.length > long.length ? row : long), []);
    const leak = await leakOf(longest.slice(0, LONGEST), ask);
    if (leak === undefined || leak <= most) {
      trusted = leak !== undefined;
      return answers;
    }
    await assertSteady(model, most, ask, longest);
    throw new FailureError({
      code: 'model-not-causal',
      message:
        'What follows a token changes its log probability: the graph is not that of a causal language model.',
      file: model,
      place: `${leak.toPrecision(2)} nats apart`,
      remedy:
        'Export the model for text generation. An export that was traced with an example of one token may have lost its causal mask: trace it with several.',
    });
  };
}

/** Undefined where the text is too short to tell, or where the model has no answer. */
async function leakOf(ids: readonly number[], ask: Ask): Promise<number | undefined> {
  const half = ids.slice(0, Math.floor(ids.length / 2));
  const count = Math.min(PLACES, half.length);
  const questions = Array.from({ length: count }, (_, i): Question => {
    const place = Math.ceil(((i + 1) * half.length) / count) - 1;
    return { row: 0, place, id: ids[place + 1]! };
  });
  if (count === 0) return undefined;
  const [whole, begun] = [await ask([ids], questions), await ask([half], questions)];
  // A NaN that a later token brings along is told for what it is.
  const isAnswered = (_: Answer, i: number): boolean => whole[i] !== undefined && begun[i] !== undefined;
  const found = whole.filter(isAnswered);
  return found.length === 0 ? undefined : difference(found, begun.filter(isAnswered));
}

/** @throws FailureError `model-random` where a graph says something else of the same text each time */
export async function assertSteady(
  model: string,
  most: number,
  ask: Ask,
  row: readonly number[],
): Promise<void> {
  const questions: Question[] = [{ row: 0, place: row.length - 1, id: row[0]! }];
  const apart = difference(await ask([row], questions), await ask([row], questions));
  if (apart <= most) return;
  throw new FailureError({
    code: 'model-random',
    message: 'The graph gives other log probabilities for the same text each time.',
    file: model,
    place: `${apart.toPrecision(2)} nats apart`,
    remedy: 'Export the model in evaluation mode (model.eval()): something in it draws random numbers.',
  });
}
