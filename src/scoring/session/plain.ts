import { FailureError } from '../../core/failure';
import type { BatchLimits } from './batches';
import { fill, fixedSizes, mostRows } from '../graph/fixed';
import { planInputs } from '../graph/inputs';
import { findLogits, readLogits } from '../graph/logits';
import { loadFile, runFailure } from './runtime';
import type { Answer, Question, Rows, SessionOptions } from './session';
import { areProbabilities, logSumExp, pick } from './softmax';

/** A graph as its file has it. The logits of all positions leave ONNX Runtime. */
export interface Plain {
  readonly vocabulary: number | undefined;
  readonly limits: Omit<BatchLimits, 'padding'>;
  ask(rows: Rows, questions: readonly Question[]): Promise<readonly Answer[]>;
  release(): Promise<void>;
}

const MOST_TOKENS = 1024;
/** Few enough that the logits of all positions stay below 64 MB. */
const MOST_LOGITS = 16 * 1024 * 1024;
/** Where the graph does not say. */
const USUAL_VOCABULARY = 50_000;

/**
 * @throws FailureError `model-unreadable`, `model-data-missing`, `model-input`, `model-output`; `ask` throws `model-run`,
 * `model-output`, `model-last-logits`
 */
export async function openPlain(model: string, options: SessionOptions): Promise<Plain> {
  const session = await loadFile(model, options);
  try {
    const inputs = planInputs(session.inputMetadata, model, options.cache);
    const output = findLogits(session.outputMetadata, model);
    const fixed = fixedSizes(session.inputMetadata);
    const fitting = Math.floor(MOST_LOGITS / (output.vocabulary ?? USUAL_VOCABULARY));
    const most = Math.max(1, Math.min(MOST_TOKENS, fitting));
    return {
      vocabulary: output.vocabulary,
      limits: { tokens: most, questions: Infinity, rows: mostRows(fixed, most) },
      async ask(rows, questions) {
        const batch = fill(rows, fixed);
        const { width } = batch;
        const feeds = Object.fromEntries([...inputs].map(([name, feed]) => [name, feed(batch)]));
        const fetched = await session.run(feeds, [output.name]).catch((error: unknown) => {
          throw runFailure(error, model, width, options);
        });
        const logits = readLogits(fetched[output.name]!, batch.rows.length, width, model);
        return questions.map(({ row, place, id }) => {
          const expected = logits.at(row, place);
          if (areProbabilities(expected)) throw probabilities(output.name, model);
          const normalizer = logSumExp(expected);
          return Number.isFinite(expected[id]! - normalizer) ? pick(expected, id, normalizer) : undefined;
        });
      },
      release: () => session.release(),
    };
  } catch (error) {
    await session.release();
    throw error;
  }
}

function probabilities(output: string, model: string): FailureError {
  return new FailureError({
    code: 'model-output',
    message: `The graph's output \`${output}\` holds probabilities instead of logits.`,
    file: model,
    remedy: 'Export the decoder without the softmax at its end.',
  });
}
