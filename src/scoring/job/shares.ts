import { groupBy } from '../../core/groupBy';
import type { CheckpointTask, ScoreRequest } from '../../protocol/scorer';

/** What one scorer does of a checkpoint: all of its texts, or some. */
export interface Share {
  /** The checkpoint's task, with these texts and an id of its own. */
  readonly task: CheckpointTask;
  readonly whole: CheckpointTask;
}

/**
 * Characters of prompts and continuations, some 40 batches of text: in a smaller share, loading the model once more, and
 * trying out whether beginnings can be read once, would take back what is won.
 */
const LEAST = 60_000;

/**
 * Deals out checkpoints to seats. Whole rounds are one checkpoint a seat; what is left over for the last round is shared
 * by as many as there are seats for each, so that none is idle while others still have much to do.
 * @param seats scorers at a time
 * @returns in the order of the tasks
 */
export function shareOut(tasks: readonly CheckpointTask[], seats: number): Share[] {
  const over = tasks.length % seats;
  return tasks.flatMap((task, i) =>
    i < tasks.length - over ? [{ task, whole: task }] : split(task, Math.floor(seats / over)),
  );
}

/** Cuts between probes, whose continuations have their prompt in common, into shares of about as many characters. */
function split(whole: CheckpointTask, most: number): Share[] {
  const { requests } = whole;
  const total = requests.reduce((sum, request) => sum + charactersOf(request), 0);
  const count = Math.min(most, Math.floor(total / LEAST));
  if (count < 2) return [{ task: whole, whole }];
  let [before, share] = [0, 0];
  const dealt = requests.map((request, i) => {
    const last = requests[i - 1];
    const isNext = last?.fact !== request.fact || last.probe !== request.probe;
    if (isNext) share = Math.floor((before * count) / total);
    before += charactersOf(request);
    return { request, share };
  });
  return [...groupBy(dealt, (one) => one.share).values()].map((part, i) => ({
    task: { ...whole, id: `${whole.id}.${i + 1}`, requests: part.map(({ request }) => request) },
    whole,
  }));
}

function charactersOf({ prompt, text }: ScoreRequest): number {
  return prompt.length + text.length;
}
