import type { TextDocument, Uri } from 'vscode';
import { beforeEach, expect, it, vi } from 'vitest';
import { forgetFailures } from '../../../src/extension/scoring/forgetFailures';
import type { JobState } from '../../../src/extension/scoring/jobs';
import type { FileSummary } from '../../../src/protocol/analysis';
import { EventEmitter } from '../vscodeStandIn';

const { listeners } = vi.hoisted(() => ({ listeners: new Set<(event: unknown) => void>() }));
vi.mock('vscode', async () => {
  const { Disposable } = await import('../vscodeStandIn');
  const onDidChangeTextDocument = (listener: (event: unknown) => void) => {
    listeners.add(listener);
    return new Disposable(() => listeners.delete(listener));
  };
  return { Disposable, workspace: { onDidChangeTextDocument } };
});

const file = { toString: () => 'file:///a.probes.yaml' } as unknown as Uri;
const document = { uri: file } as TextDocument;
const edit = (contentChanges: readonly unknown[]) => {
  for (const listener of listeners) listener({ document, contentChanges });
};
const summaryOf = (scored: number): FileSummary => ({
  runs: [{ run: 'r', checkpoints: 3, scored, missing: 0 }],
  missing: 0,
  facts: [],
  probes: [],
  logs: [],
});

let state: JobState | undefined;
let summary: FileSummary;
let outdated = false;
const jobChanged = new EventEmitter<Uri>();
const summaryChanged = new EventEmitter<TextDocument>();
const settingChanged = new EventEmitter<void>();
const end = (ended: JobState['state']) => {
  state = { state: ended, selection: {} };
  jobChanged.fire(file);
};
const read = (scored: number, again = false) => {
  outdated = again;
  summary = summaryOf(scored);
  summaryChanged.fire(document);
};

beforeEach(() => {
  const forgetting = forgetFailures(
    {
      onDidChange: jobChanged.event,
      of: () => state,
      forget: () => {
        state = undefined;
        jobChanged.fire(file);
      },
    },
    { onDidChange: summaryChanged.event, of: () => summary, isOutdated: () => outdated },
    { onDidChange: settingChanged.event },
  );
  end('failed');
  return () => {
    forgetting.dispose();
  };
});

it('a failure is forgotten when the text changes, and not when the file is saved', () => {
  edit([]);
  expect(state?.state).toBe('failed');
  edit([{}]);
  expect(state).toBeUndefined();
});

it('or when a setting changes', () => {
  settingChanged.fire();
  expect(state).toBeUndefined();
});

it('or when the results change, once those of the failed job itself have been read', () => {
  // It was being read when the job ended, without the last rows.
  read(1, true);
  read(2);
  read(2);
  expect(state?.state).toBe('failed');
  read(3);
  expect(state).toBeUndefined();
});

it('a job that is running or has ended well is not touched', () => {
  end('running');
  edit([{}]);
  expect(state?.state).toBe('running');
  end('done');
  edit([{}]);
  expect(state?.state).toBe('done');
});
