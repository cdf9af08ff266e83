import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Run } from '../../../src/core/probes/model';
import { parseProbeFile } from '../../../src/core/probes/parse';
import {
  encountersOf,
  pseudoEncounters,
  tokensAt,
  tokensBetween,
  type InjectionRow,
} from '../../../src/core/probes/schedule';

function read(run: string, fact: string) {
  const { file, problems } = parseProbeFile(
    `version: 1\nruns: [{ id: r, log: x, ${run} }]\nfacts: [{ id: f, passage: p, ${fact} }]\n`,
  );
  expect(problems).toEqual([]);
  return { run: file.runs[0]!, fact: file.facts[0]! };
}
const passage = { kind: 'passage' };
const paraphrase = (number: number) => ({ kind: 'paraphrase', number });
const REGULAR = 'injections: { start: 10, every: 100, times: 3 }';

describe('encounters by condition (DESIGN section 2)', () => {
  test.each([
    ['paraphrase', [passage, paraphrase(1), paraphrase(2)]],
    ['duplication', [passage, passage, passage]],
    ['once', [passage]],
    ['control', []],
  ])('%s', (condition, texts) => {
    const { run, fact } = read(REGULAR, `condition: ${condition}`);
    const encounters = encountersOf(fact, run);
    expect(encounters.map(({ text }) => text)).toEqual(texts);
    expect(encounters.map(({ step }) => step)).toEqual([10, 110, 210].slice(0, texts.length));
    expect(encounters.every(({ copies }) => copies === 1)).toBe(true);
    // Nulls take the schedule, whatever the condition.
    expect(pseudoEncounters(run).map(({ step }) => step)).toEqual([10, 110, 210]);
  });

  test('a condition for this run goes before the one for all, and so does a schedule', () => {
    const { run, fact } = read(
      REGULAR,
      'condition: { r: once, other: control }, injections: { r: [7, 500] }',
    );
    expect(encountersOf(fact, run)).toEqual([{ step: 7, copies: 1, text: passage }]);
    const forAll = read(REGULAR, 'condition: duplication, injections: [7, 500]');
    expect(encountersOf(forAll.fact, forAll.run).map(({ step }) => step)).toEqual([7, 500]);
  });

  test('a schedule for another run leaves the run’s', () => {
    const { run, fact } = read(REGULAR, 'condition: duplication, injections: { other: [7] }');
    expect(encountersOf(fact, run).map(({ step }) => step)).toEqual([10, 110, 210]);
  });

  test('none without a schedule, and runs named like JavaScript’s own find none either', () => {
    const { run, fact } = read('seed: 1', 'condition: duplication');
    expect(encountersOf(fact, run)).toEqual([]);
    expect(pseudoEncounters(run)).toEqual([]);
    const odd: Run = { ...run, id: { ...run.id, value: 'constructor' } };
    expect(encountersOf(fact, odd)).toEqual([]);
  });
});

describe('bursts', () => {
  test('copies in one batch and within a tenth of the window are one encounter at its first step', () => {
    const { run, fact } = read('injections: [104, 0, 0, 2, 5, 100, 102, 106]', 'condition: paraphrase');
    expect(encountersOf(fact, run)).toEqual([
      { step: 0, copies: 4, text: passage },
      { step: 100, copies: 3, text: paraphrase(1) },
      { step: 106, copies: 1, text: paraphrase(2) },
    ]);
    const narrow = read('injections: [0, 2, 4], window: 10', 'condition: duplication');
    expect(encountersOf(narrow.fact, narrow.run).map(({ step }) => step)).toEqual([0, 2, 4]);
  });

  test('a regular schedule stands as declared, however dense', () => {
    const { run, fact } = read('injections: { every: 1, times: 4 }', 'condition: duplication');
    expect(encountersOf(fact, run).map(({ step }) => step)).toEqual([0, 1, 2, 3]);
  });

  test('no copy is lost, and encounters stand apart', () => {
    const { run, fact } = read('injections: [0]', 'condition: duplication');
    fc.assert(
      fc.property(
        fc.array(fc.nat(2000), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 200 }),
        (steps, window) => {
          const listed: Run = {
            ...run,
            window,
            injections: { value: { kind: 'steps', steps }, range: run.range },
          };
          const encounters = encountersOf(fact, listed);
          expect(encounters.reduce((sum, { copies }) => sum + copies, 0)).toBe(steps.length);
          for (const [i, { step }] of encounters.entries()) {
            expect(steps).toContain(step);
            if (i > 0) expect(step - encounters[i - 1]!.step).toBeGreaterThan(window / 10);
          }
        },
      ),
    );
  });
});

describe('schedule files', () => {
  const rows: InjectionRow[] = [
    { step: 101, fact: 'f', copies: 2, text: { kind: 'paraphrase', number: 4 } },
    { step: 1, fact: 'f', copies: 1 },
    { step: 51, fact: 'g', copies: 1 },
  ];
  const files = new Map([['plan.jsonl', rows]]);

  test('give a fact its rows, in order, and the text they name', () => {
    const { run, fact } = read('injections: plan.jsonl, firstUpdate: 1', 'condition: paraphrase');
    expect(encountersOf(fact, run, files)).toEqual([
      { step: 0, copies: 1, text: passage },
      { step: 100, copies: 2, text: paraphrase(4) },
    ]);
    expect(pseudoEncounters(run, files).map(({ step }) => step)).toEqual([0, 50, 100]);
    expect(encountersOf(fact, run)).toEqual([]);
  });
});

describe('updates counted from 1', () => {
  test('give the same steps as those counted from 0', () => {
    const one = read(
      'injections: { start: 1, every: 100, times: 3 }, firstUpdate: 1',
      'condition: duplication',
    );
    expect(encountersOf(one.fact, one.run).map(({ step }) => step)).toEqual([0, 100, 200]);
    const list = read('injections: [1, 101], firstUpdate: 1', 'condition: duplication');
    expect(encountersOf(list.fact, list.run).map(({ step }) => step)).toEqual([0, 100]);
  });
});

describe('tokens', () => {
  test('are summed over the steps between two states', () => {
    const { run } = read(
      'tokensPerStep: [{ from: 100, value: 20 }, { from: 0, value: 10 }]',
      'condition: control',
    );
    expect(tokensAt(run, 0)).toBe(0);
    expect(tokensAt(run, 100)).toBe(1000);
    expect(tokensAt(run, 101)).toBe(1020);
    expect(tokensBetween(run, 99, 102)).toBe(10 + 20 + 20);
    expect(tokensBetween(run, 150, 150)).toBe(0);
    expect(tokensAt(read('tokensPerStep: 8192', 'tags: []').run, 3)).toBe(3 * 8192);
  });

  test('are unknown where the run does not say, never invented', () => {
    expect(tokensAt(read('seed: 1', 'tags: []').run, 5)).toBeUndefined();
    const { run } = read('tokensPerStep: [{ from: 10, value: 5 }]', 'tags: []');
    expect(tokensAt(run, 20)).toBeUndefined();
    expect(tokensBetween(run, 10, 20)).toBe(50);
  });

  test('counted from update 1 are those counted from 0', () => {
    const { run } = read(
      'firstUpdate: 1, tokensPerStep: [{ from: 1, value: 10 }, { from: 101, value: 20 }]',
      'tags: []',
    );
    expect(tokensAt(run, 101)).toBe(1020);
  });
});
