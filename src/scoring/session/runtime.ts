import { InferenceSession } from 'onnxruntime-node';
import { FailureError, toFailure } from '../../core/failure';
import type { Provider } from '../../protocol/scorer';

/** What a session computes with. */
export interface Compute {
  readonly threads: number;
  /** `cpu` when not given. */
  readonly provider?: Provider | undefined;
}

/** Options that a provider asks for. */
export function providerOptions(provider: Provider = 'cpu'): InferenceSession.SessionOptions {
  return {
    executionProviders: [provider],
    // Errors are thrown; the same on stderr would drown what a crash has to say.
    logSeverityLevel: 4,
    // DirectML does not know memory patterns.
    ...(provider === 'dml' && { enableMemPattern: false }),
  };
}

/**
 * What all sessions have in common. Measured on a GPT-2-small-shaped graph: fewer optimizations cost 10 %, no arena as
 * much; no memory pattern, or denormals taken as zero, make no difference.
 * @param folder of the weights, where the model is given as bytes
 */
function sessionOptions({ threads, provider }: Compute, folder?: string): InferenceSession.SessionOptions {
  return {
    ...providerOptions(provider),
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
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
export async function loadFile(model: string, compute: Compute): Promise<InferenceSession> {
  return InferenceSession.create(model, sessionOptions(compute)).catch((error: unknown) => {
    throw loadFailure(error, model, compute);
  });
}

/** Loads a rewritten model, whose weights are in files of `folder`. @throws Error of ONNX Runtime */
export async function loadBytes(
  bytes: Uint8Array,
  folder: string,
  compute: Compute,
): Promise<InferenceSession> {
  return InferenceSession.create(bytes, sessionOptions(compute, folder));
}

function loadFailure(error: unknown, model: string, compute: Compute): FailureError {
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
          message: `ONNX Runtime cannot load the model${elsewhere(compute)}: ${said}.`,
          file: model,
          remedy:
            'Copy or export it again; the file may be cut short, or of a kind that ONNX Runtime does not know.' +
            onCpu(compute),
        },
    { cause: error },
  );
}

/** What ONNX Runtime said while it ran, as a failure. */
export function runFailure(error: unknown, model: string, width: number, compute: Compute): FailureError {
  return new FailureError(
    {
      code: 'model-run',
      message: `ONNX Runtime failed on this model${elsewhere(compute)}: ${wordsOf(error)}.`,
      file: model,
      place: `a batch of rows of ${width} tokens`,
      remedy:
        'Check that the tokenizer belongs to the model, and that its config.json, which tells the context length, is beside it.' +
        onCpu(compute),
    },
    { cause: error },
  );
}

function elsewhere({ provider = 'cpu' }: Compute): string {
  return provider === 'cpu' ? '' : ` with the execution provider ${provider}`;
}

function onCpu({ provider = 'cpu' }: Compute): string {
  return provider === 'cpu'
    ? ''
    : ' Try the execution provider cpu too: this one may lack memory or an operator.';
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
