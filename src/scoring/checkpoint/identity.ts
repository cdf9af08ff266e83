import { FailureError } from '../../core/failure';
import type { Scorer } from '../../core/results/key';
import { openHashes } from '../../disk/hash';
import type { Following } from '../../disk/sha256';
import type { CheckpointTask } from '../../protocol/scorer';
import { contextLength } from '../context';
import { externalDataFiles } from '../graph/externalData';
import { loadTokenizer, type ProbeTokenizer } from '../tokenizer/load';

/**
 * How texts are cut into tokens. To be raised when tokens change: scores of other tokens are not reused then. Where they
 * change for some tokenizers only, those get another hash (`isMendedSince`).
 */
const TOKENS = 2;

/** What a checkpoint's scores depend on besides the texts. */
export interface Identity {
  readonly scorer: Scorer;
  readonly tokenizer: ProbeTokenizer;
  /** Tokens the model can look at; undefined where nobody knows. */
  readonly context: number | undefined;
  /**
   * To be asked before anything is stored under these hashes.
   * @throws FailureError `checkpoint-changed` where the model or its data were replaced since they were hashed
   */
  readonly assertUnchanged: () => Promise<void>;
}

/**
 * Hashes model, external data and tokenizer; the model's hash is remembered in the results folder.
 * @param follow told how hashing goes; it ends when the signal is given
 * @throws FailureError for what is missing or unreadable among them; `results-write`; an `AbortError`
 */
export async function identify(
  task: CheckpointTask,
  { signal, ...follow }: Following = {},
): Promise<Identity> {
  const external = await externalDataFiles(task.model);
  const tokenizer = await loadTokenizer(task.tokenizer);
  const context = await contextLength(task.model, task.tokenizer);
  const hashes = await openHashes(task.results, signal);
  // The last digits differ: a score of one does not stand for a score of the other.
  const by = (task.provider ?? 'cpu') === 'cpu' ? '' : `, provider ${task.provider}`;
  const scorer = {
    model: await hashes.model(task.model, external, follow),
    tokenizer: tokenizer.sha256,
    options: `context ${context ?? 'unlimited'}, tokens ${TOKENS}${by}`,
  };
  await hashes.save();
  const assertUnchanged = async (): Promise<void> => {
    const file = await hashes.changed();
    if (file !== undefined) throw replaced(file);
  };
  return { scorer, tokenizer, context, assertUnchanged };
}

function replaced(file: string): FailureError {
  return new FailureError({
    code: 'checkpoint-changed',
    message:
      'The checkpoint was replaced while it was scored; what was measured since is not kept, for nobody knows of which of the two it is.',
    file,
    remedy: 'Score again when its files are complete.',
  });
}
