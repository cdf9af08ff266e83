import { expect, it } from 'vitest';
import { wordsOf } from '../../../src/scoring/session/runtime';

it.each([
  [
    'Load model from /a b/model.onnx failed:/onnxruntime_src/onnxruntime/core/graph/model.cc:187 onnxruntime::Model::Model(onnx::ModelProto&&, const onnxruntime::ModelOptions&) ModelProto does not have a graph.\n',
    'ModelProto does not have a graph',
  ],
  [
    "Non-zero status code returned while running Gather node. Name:'/embed' Status Message: indices element out of data bounds, idx=3088",
    "Gather node. Name:'/embed' indices element out of data bounds, idx=3088",
  ],
  ['Something else (in words).', 'Something else (in words)'],
])('ONNX Runtime’s message %#', (message, words) => {
  expect(wordsOf(new Error(message))).toBe(words);
});
