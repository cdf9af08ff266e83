import { InferenceSession } from 'onnxruntime-node';
import { FailureError, toFailure } from '../core/failure';
import { planInputs } from './graph/inputs';
import { findLogits, readLogits, type Logits, type LogitsOutput } from './graph/logits';

/** A model in memory. Its `run` blocks the process. */
export interface ModelSession {
  readonly model: string;
  readonly output: LogitsOutput;
  /** Logits after every token of every row. Rows may differ in length. */
  run(rows: readonly (readonly number[])[]): Promise<Logits>;
  release(): Promise<void>;
}

/**
 * Loads a model. External data is found beside the file that a link leads to, as in Hugging Face caches.
 * @throws FailureError `model-unreadable`, `model-data-missing`, `model-input`, `model-output`
 */
export async function openSession(model: string, threads: number): Promise<ModelSession> {
  const session = await InferenceSession.create(model, {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // Errors are thrown; the same on stderr would drown what a crash has to say.
    logSeverityLevel: 4,
  }).catch((error: unknown) => {
    throw loadFailure(error, model);
  });
  try {
    const inputs = planInputs(session.inputMetadata, model);
    const output = findLogits(session.outputMetadata, model);
    return {
      model,
      output,
      async run(rows) {
        const width = Math.max(...rows.map((row) => row.length));
        const batch = { rows, width };
        const feeds = Object.fromEntries([...inputs].map(([name, feed]) => [name, feed(batch)]));
        const fetched = await session.run(feeds, [output.name]).catch((error: unknown) => {
          throw runFailure(error, model, width);
        });
        return readLogits(fetched[output.name]!, rows.length, width, model);
      },
      release: () => session.release(),
    };
  } catch (error) {
    await session.release();
    throw error;
  }
}

function loadFailure(error: unknown, model: string): FailureError {
  const said = wordsOf(error);
  const external = /external data|model_external_initializers|external initializer/i.test(said);
  return new FailureError(
    external
      ? {
          code: 'model-data-missing',
          message: `The model's external data cannot be read: ${said}.`,
          file: model,
          remedy:
            'Put the data file, usually model.onnx_data, beside the model, whole and under its old name.',
        }
      : {
          code: 'model-unreadable',
          message: `ONNX Runtime cannot load the model: ${said}.`,
          file: model,
          remedy:
            'Copy or export it again; the file may be cut short, or of a kind that ONNX Runtime does not know.',
        },
    { cause: error },
  );
}

function runFailure(error: unknown, model: string, width: number): FailureError {
  return new FailureError(
    {
      code: 'model-run',
      message: `ONNX Runtime failed on this model: ${wordsOf(error)}.`,
      file: model,
      place: `a batch of rows of ${width} tokens`,
      remedy:
        'Check that the tokenizer belongs to the model, and that its config.json, which tells the context length, is beside it.',
    },
    { cause: error },
  );
}

/** ONNX Runtime's message as part of a sentence: without its own source code's places and what is said elsewhere. */
export function wordsOf(error: unknown): string {
  return toFailure(error)
    .message.replace(/\s+/g, ' ')
    .replace(/^Load model from .*? failed: ?/, '')
    .replace(/\S*\.(?:cc|cpp|h):\d+ .*?\)(?: const)? /, '')
    .replace(/^Non-zero status code returned while running (.*?) Status Message: /, '$1 ')
    .replace(/[. ]+$/, '');
}
