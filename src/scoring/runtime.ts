import { InferenceSession } from 'onnxruntime-node';
import { FailureError, toFailure } from '../core/failure';

/**
 * What all sessions have in common. Measured on a GPT-2-small-shaped graph: fewer optimizations cost 10 %, no arena as
 * much; no memory pattern, or denormals taken as zero, make no difference.
 * @param folder of the weights, where the model is given as bytes
 */
function sessionOptions(threads: number, folder?: string): InferenceSession.SessionOptions {
  return {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // Errors are thrown; the same on stderr would drown what a crash has to say.
    logSeverityLevel: 4,
    extra: {
      session: {
        // Where only the weights are quantized, ONNX Runtime would quantize what they are multiplied with too, down to
        // eight bits, and be 0.02 nats off (level 4): float32 is level 1.
        qdq_matmulnbits_accuracy_level: '1',
        ...(folder !== undefined && { model_external_initializers_file_folder_path: folder }),
      },
    },
  };
}

/**
 * Loads a model as it is. External data is found beside the file that a link leads to, as in Hugging Face caches.
 * @throws FailureError `model-unreadable`, `model-data-missing`
 */
export async function loadFile(model: string, threads: number): Promise<InferenceSession> {
  return InferenceSession.create(model, sessionOptions(threads)).catch((error: unknown) => {
    throw loadFailure(error, model);
  });
}

/** Loads a rewritten model, whose weights are in files of `folder`. @throws Error of ONNX Runtime */
export async function loadBytes(
  bytes: Uint8Array,
  folder: string,
  threads: number,
): Promise<InferenceSession> {
  return InferenceSession.create(bytes, sessionOptions(threads, folder));
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

/** What ONNX Runtime said while it ran, as a failure. */
export function runFailure(error: unknown, model: string, width: number): FailureError {
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
