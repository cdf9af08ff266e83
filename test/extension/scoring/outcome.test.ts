import { expect, it } from 'vitest';
import {
  describeOutcome,
  describeWarnings,
  forEditor,
  shortOutcome,
} from '../../../src/extension/scoring/outcome';
import type { ScoringOutcome } from '../../../src/protocol/scoring';

const outcome = (changes: Partial<ScoringOutcome> = {}): ScoringOutcome => ({
  scored: 9452,
  reused: 1,
  checkpoints: 43,
  failures: [],
  warnings: [],
  cancelled: false,
  milliseconds: 1234,
  ...changes,
});

it('the log has all numbers, in groups of three and with the right plural', () => {
  expect(describeOutcome(outcome())).toBe('9,452 texts scored, 1 text scored before, 43 checkpoints, 1.2 s');
  expect(describeOutcome(outcome({ cancelled: true, checkpoints: 1 }))).toMatch(
    / 1 checkpoint, 1\.2 s \(cancelled; what is done is kept\)$/,
  );
});

it.each([
  [outcome(), 'scored 9,452 texts'],
  [outcome({ scored: 1 }), 'scored 1 text'],
  [outcome({ scored: 0 }), 'all was scored before'],
  [outcome({ scored: 120, cancelled: true }), 'cancelled, 120 texts scored'],
])('the status bar has few words', (ended, words) => {
  expect(shortOutcome(ended)).toBe(words);
});

it('the first warning is said in words, the others by number', () => {
  expect(describeWarnings(['The graph rounds.'])).toBe('The graph rounds.');
  expect(describeWarnings(['The graph rounds.', 'b'])).toBe('The graph rounds. 1 more warning: see the log.');
  expect(describeWarnings(['The graph rounds.', 'b', 'c'])).toMatch(/ 2 more warnings: see the log\.$/);
});

it('in the editor the remedy for a Node that does not start names the setting', () => {
  const start = { code: 'scorer-start', message: 'It cannot be started.', file: '/x', remedy: 'Name one.' };
  const other = { code: 'model-missing', message: 'There is none.', remedy: 'Put one there.' };
  expect(forEditor([start, other])).toEqual([
    { ...start, remedy: expect.stringContaining('knowledgeProbes.scoring.nodePath') as string },
    other,
  ]);
});
