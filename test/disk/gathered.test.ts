import { expect, it } from 'vitest';
import { gathered } from '../../src/disk/gathered';

const failure = (step: number, message = 'It is broken.') => ({
  code: 'model-unreadable',
  message,
  file: `/models/${step}.onnx`,
  place: `step ${step}`,
});

it('is one sentence that names a few, and lists all others', () => {
  const [first, ...more] = gathered(
    [0, 1, 2, 3, 4, 5, 6, 7].map((step) => failure(step)),
    'checkpoints',
  );
  expect(more).toEqual([]);
  expect(first!.message).toBe(
    'It is broken. The same is true of 7 more checkpoints: step 1; step 2; step 3; step 4; step 5; ….',
  );
  expect(first!.others).toEqual(
    [1, 2, 3, 4, 5, 6, 7].map((step) => ({ file: `/models/${step}.onnx`, place: `step ${step}` })),
  );
});

it('leaves alone what is by itself, and keeps what was gathered before', () => {
  const before = { ...failure(0), others: [{ place: 'step 8' }] };
  expect(gathered([before], 'checkpoints')).toEqual([before]);
  expect(gathered([failure(1), before], 'checkpoints')[0]!.others).toEqual([
    { file: '/models/0.onnx', place: 'step 0' },
    { place: 'step 8' },
  ]);
});
