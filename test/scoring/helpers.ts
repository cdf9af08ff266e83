import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { FailureError, type Failure } from '../../src/core/failure';
import type { ScoreRow } from '../../src/core/results/row';
import { readStep } from '../../src/disk/results/read';
import type { CheckpointTask, ScoreRequest } from '../../src/protocol/scorer';

export const FIXTURES = new URL('../fixtures/scoring/', import.meta.url).pathname;

interface ReferenceToken {
  readonly id: number;
  readonly logprob: number;
  readonly rank: number;
  readonly best: readonly { readonly id: number; readonly logprob: number }[];
}

interface ReferenceScore {
  readonly tokens: readonly ReferenceToken[];
  readonly full: number;
  readonly greedy: boolean;
}

/** PyTorch's figures, made by test/fixtures/scoring/make.py. */
export interface ReferenceCase {
  readonly prompt: string;
  readonly continuation: string;
  readonly ids: readonly number[];
  readonly firstTarget: number;
  readonly border: boolean;
  readonly float32: ReferenceScore;
  readonly float16: ReferenceScore;
}

export const REFERENCE = JSON.parse(
  readFileSync(FIXTURES + 'reference.json', 'utf8'),
) as readonly ReferenceCase[];

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

/** Is there until all tests of the file are done. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'knowledge-probes-'));
  folders.push(folder);
  return folder;
}

/** The rows of a task's checkpoint, as they were written. */
export async function rowsOnDisk({ results, run, step }: CheckpointTask): Promise<ScoreRow[]> {
  const { parts, problems } = await readStep(results, run, step);
  expect(problems).toEqual([]);
  return parts.flatMap(({ rows }) => rows);
}

/** A request of an empty join, so that the text is the whole continuation. */
export function request(prompt: string, text: string, ids: Partial<ScoreRequest> = {}): ScoreRequest {
  return {
    fact: 'fact',
    probe: 'probe',
    kind: 'memorization',
    condition: 'paraphrase',
    role: 'target',
    index: 0,
    prompt,
    join: '',
    text,
    ...ids,
  };
}

/** The reference's cases as requests, one probe each. */
export function referenceRequests(): ScoreRequest[] {
  return REFERENCE.map(({ prompt, continuation }, i) =>
    request(prompt, continuation, { probe: `case-${i}` }),
  );
}

/** A task on one of the fixtures. */
export function task(
  fixture: string,
  results: string,
  changes: Partial<CheckpointTask> = {},
): CheckpointTask {
  return {
    id: `${fixture}-task`,
    run: 'run',
    step: 0,
    model: join(FIXTURES, fixture, 'model.onnx'),
    tokenizer: FIXTURES,
    results,
    requests: referenceRequests(),
    threads: 1,
    ...changes,
  };
}

/** The failure that a call throws. */
export function failureOf(call: () => unknown): Failure {
  try {
    call();
  } catch (error) {
    if (error instanceof FailureError) return error.failure;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** The failure that a promise is rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<Failure> {
  const error = await promise.then(
    () => new Error('nothing was thrown'),
    (reason: unknown) => reason,
  );
  if (error instanceof FailureError) return error.failure;
  throw error;
}
