import { InferenceSession, listSupportedBackends } from 'onnxruntime-node';
import protobuf from 'protobufjs/minimal';
import { FailureError } from '../../core/failure';
import { PROVIDERS, type Provider } from '../../protocol/scorer';
import { node, TYPES, value } from '../graph/build';
import { encodeModel, tag } from '../graph/encode';
import { providerOptions, wordsOf } from './runtime';

/** What has to be there besides the package. */
const NEEDS: Readonly<Partial<Record<Provider, string>>> = {
  cuda: "It needs an NVIDIA driver, CUDA 12, cuDNN 9, and ONNX Runtime's CUDA libraries (npm rebuild onnxruntime-node --onnxruntime-node-install=cuda12)",
  coreml: 'It needs a macOS with Core ML',
  dml: 'It needs a graphics card with DirectX 12 and its driver',
  webgpu: 'It needs a graphics card and its driver for Vulkan, Direct3D 12 or Metal',
};
const INSTEAD = 'setting knowledgeProbes.scoring.executionProvider or --provider';

const started = new Map<Provider, Promise<void>>();

/**
 * Makes sure, once in a process, that an execution provider multiplies matrices here. ONNX Runtime itself would leave
 * to the CPU, without a word, whatever a provider does not take.
 * @throws FailureError `provider-missing` where the package does not have it on this platform, `provider-failed`
 */
export async function startProvider(provider: Provider): Promise<void> {
  if (provider === 'cpu') return;
  let start = started.get(provider);
  if (start === undefined) started.set(provider, (start = tryOut(provider)));
  return start;
}

async function tryOut(provider: Provider): Promise<void> {
  const platform = `${process.platform}-${process.arch}`;
  const packaged = listSupportedBackends()
    .map(({ name }) => name)
    .filter((name) => (PROVIDERS as readonly string[]).includes(name));
  if (!packaged.includes(provider)) {
    throw new FailureError({
      code: 'provider-missing',
      message: `The execution provider ${provider} is not in ONNX Runtime's package for ${platform}.`,
      remedy: `Choose another (${INSTEAD}); this package has ${packaged.join(', ')}.`,
    });
  }
  try {
    const options = providerOptions(provider);
    const session = await InferenceSession.create(product(), {
      ...options,
      extra: { session: { disable_cpu_ep_fallback: '1' } },
    });
    await session.release();
  } catch (error) {
    throw new FailureError(
      {
        code: 'provider-failed',
        message: `The execution provider ${provider} does not start on ${platform}: ${wordsOf(error)}.`,
        remedy: `${NEEDS[provider] ?? 'Look at what it needs'}; or choose cpu (${INSTEAD}).`,
      },
      { cause: error },
    );
  }
}

/** A model that is one product with a constant matrix, as a linear layer is. */
function product(): Uint8Array {
  // TensorProto: fields 1 dims, 2 data_type, 8 name, 9 raw_data. ModelProto: 1 ir_version, 8 opset_import (2 version).
  const tensor = new protobuf.Writer();
  for (const size of [2, 2]) tensor.uint32(1 << 3).int64(size);
  tensor.uint32(2 << 3).int32(TYPES.float32);
  tensor.uint32(tag(8)).string('matrix').uint32(tag(9)).bytes(new Uint8Array(16));
  const head = new protobuf.Writer().uint32(1 << 3).int64(8);
  const opset = new protobuf.Writer().uint32(2 << 3).int64(13);
  const name = new protobuf.Writer().uint32(tag(2)).string('product').finish();
  return encodeModel({
    graph: {
      nodes: [node('MatMul', ['input', 'matrix'], 'output')],
      initializers: [{ name: 'matrix', dims: [2, 2], bytes: tensor.finish() }],
      inputs: [value('input', TYPES.float32, [2, 2])],
      outputs: [value('output', TYPES.float32, [2, 2])],
      notes: [],
      rest: [name],
    },
    opset: 13,
    rest: [head.uint32(tag(8)).bytes(opset.finish()).finish()],
  });
}
