import { expect, it } from 'vitest';
import { createTurns, type Leave } from '../../../src/scoring/job/turns';

/** Whether a turn has begun by now. */
async function begun(turn: Promise<Leave>): Promise<boolean> {
  const no = Symbol('no');
  return (await Promise.race([turn, new Promise((resolve) => setImmediate(resolve, no))])) !== no;
}

it('many have turns together; one alone waits for all of them, and those who come later for it', async () => {
  const { together, alone } = createTurns();
  const [a, b] = [await together(undefined), await together(undefined)];
  const single = alone(undefined);
  const [later, last] = [together(undefined), alone(undefined)];
  a();
  expect([await begun(single), await begun(later)]).toEqual([false, false]);
  b();
  expect([await begun(single), await begun(later)]).toEqual([true, false]);
  (await single)();
  expect([await begun(later), await begun(last)]).toEqual([true, false]);
  (await later)();
  expect(await begun(last)).toBe(true);
});

it('who is cancelled waits no longer, and is in nobody’s way', async () => {
  const { together, alone } = createTurns();
  const first = await together(undefined);
  const stop = new AbortController();
  const cancelled = alone(stop.signal);
  const next = together(undefined);
  expect([await begun(cancelled), await begun(next)]).toEqual([false, false]);
  stop.abort();
  expect([await begun(cancelled), await begun(next)]).toEqual([true, true]);
  (await cancelled)();
  (await next)();
  const single = alone(AbortSignal.any([]));
  expect(await begun(single)).toBe(false);
  first();
  expect(await begun(single)).toBe(true);
  expect(await begun(alone(AbortSignal.abort()))).toBe(true);
});
