import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FailureError } from '../../../src/core/failure';
import { createThread } from '../../../src/extension/workers/thread';
import { bundle, type Bundle } from '../../bundle';

interface Api {
  id(): Promise<number>;
  die(): Promise<never>;
  fail(): Promise<never>;
}

let folder: string;
let file: string;
let bundled: Bundle;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kp-thread-'));
  const source = join(folder, 'source.ts');
  const room = join(import.meta.dirname, '../../../src');
  await writeFile(
    source,
    `import { threadId } from 'node:worker_threads';
     import { FailureError } from '${room}/core/failure';
     import { threadPort } from '${room}/extension/workers/port';
     import { connect } from '${room}/protocol/rpc';
     connect(threadPort(), {
       id: () => threadId,
       die: () => process.exit(3),
       fail: () => { throw new FailureError({ code: 'a-code', message: 'It failed.', remedy: 'Mend it.' }); },
     });`,
  );
  bundled = await bundle({ worker: source });
  file = join(bundled.folder, 'worker.js');
});
afterAll(async () => {
  await bundled.remove();
  await rm(folder, { recursive: true, force: true });
});

function thread(died?: (livedMs: number) => void) {
  const lines: string[] = [];
  const log = {
    error: (line: unknown) => void lines.push(`error ${String(line)}`),
    warn: (line: unknown) => void lines.push(`warn ${String(line)}`),
    debug: () => undefined,
  };
  return { lines, worker: createThread<Api>(file, {}, log, died) };
}

it('starts at the first call, passes failures on, and ends', async () => {
  const { worker } = thread();
  expect(await worker.remote().id()).toBeGreaterThan(0);
  await expect(worker.remote().fail()).rejects.toSatisfy(
    (error) =>
      error instanceof FailureError && error.failure.code === 'a-code' && error.failure.remedy === 'Mend it.',
  );
  worker.dispose();
});

it('rejects what is pending when the worker dies, tells of it, and starts another at the next call', async () => {
  const lived: number[] = [];
  const { worker, lines } = thread((ms) => lived.push(ms));
  const first = await worker.remote().id();
  const pending = worker.remote();
  await expect(pending.die()).rejects.toSatisfy(
    (error) => error instanceof FailureError && error.failure.code === 'worker-died',
  );
  await expect.poll(() => lived.length).toBe(1);
  expect(lines).toEqual(['warn worker.js has stopped; it is started again when it is needed']);
  expect(await worker.remote().id()).toBeGreaterThan(first);
  worker.dispose();
});

it('does not tell of an end that was asked for', async () => {
  const lived: number[] = [];
  const { worker, lines } = thread((ms) => lived.push(ms));
  await worker.remote().id();
  const pending = worker.remote().id();
  worker.dispose();
  await pending.catch(() => undefined);
  expect(lived).toEqual([]);
  expect(lines).toEqual([]);
});
