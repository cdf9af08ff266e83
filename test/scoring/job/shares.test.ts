import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CheckpointTask, ScoreRequest } from '../../../src/protocol/scorer';
import { shareOut } from '../../../src/scoring/job/shares';
import { request, task } from '../helpers';

const PROMPT = 'x'.repeat(1000);

/** @param probes each with a target and a foil, 2,000 characters */
function checkpoint(step: number, probes: number): CheckpointTask {
  const requests = Array.from({ length: probes }, (_, i) =>
    ['target', 'foil'].map((role) =>
      request(PROMPT.slice(1), 'y', { probe: `p${i}`, role: role as ScoreRequest['role'] }),
    ),
  ).flat();
  return task('plain', '/nowhere', { id: `${step}`, step, requests });
}

const checkpoints = (count: number, probes = 1000): CheckpointTask[] =>
  Array.from({ length: count }, (_, step) => checkpoint(step, probes));
const sizes = (count: number, seats: number, probes?: number): number[] =>
  shareOut(checkpoints(count, probes), seats).map((share) => share.task.requests.length);

describe('shares', () => {
  it.each([
    ['whole rounds are a checkpoint a seat', 4, 2, [2000, 2000, 2000, 2000]],
    ['one checkpoint is shared by all', 1, 4, [500, 500, 500, 500]],
    ['what is left over is shared', 3, 2, [2000, 2000, 1000, 1000]],
    ['of several, each by its part of the seats', 2, 5, [1000, 1000, 1000, 1000]],
    ['of more than half of the seats, by none', 3, 4, [2000, 2000, 2000]],
    ['one seat has all', 3, 1, [2000, 2000, 2000]],
    ['no checkpoints', 0, 4, []],
  ])('%s', (_, count, seats, expected) => {
    expect(sizes(count, seats)).toEqual(expected);
  });

  it('are not too small to be worth another load of the model', () => {
    expect(sizes(1, 16, 59)).toEqual([118]);
    expect(sizes(1, 16, 60)).toEqual([60, 60]);
    expect(sizes(1, 16, 100)).toEqual([68, 66, 66]);
  });

  it('are all of the texts, in their order, each probe in one; and know whose they are', () => {
    const sizes = fc.array(fc.nat({ max: 90_000 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 9 }), (lengths, seats) => {
        const requests = lengths.flatMap((length, i) =>
          ['a', 'b'].map((text) => request('x'.repeat(length), text, { probe: `p${i}` })),
        );
        const whole = task('plain', '/nowhere', { requests });
        const shares = shareOut([whole], seats);
        expect(shares.length).toBeLessThanOrEqual(seats);
        expect(shares.flatMap((share) => share.task.requests)).toEqual(requests);
        expect(new Set(shares.map((share) => share.task.id)).size).toBe(shares.length);
        const probes = shares.flatMap((share) => [...new Set(share.task.requests.map(({ probe }) => probe))]);
        expect(new Set(probes).size).toBe(probes.length);
        for (const share of shares) {
          expect(share.whole).toBe(whole);
          expect(share.task.requests).not.toHaveLength(0);
          const { id, requests: some } = share.task;
          expect(share.task).toEqual({ ...whole, id, requests: some });
        }
      }),
    );
  });
});
