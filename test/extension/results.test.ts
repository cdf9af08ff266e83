import { describe, expect, it } from 'vitest';
import { endOfLines } from '../../src/extension/results/endOfLine';
import { tokenTable } from '../../src/extension/results/tokenTable';
import type { ProbeSummary } from '../../src/protocol/analysis';
import type { DocumentSnapshot, Span } from '../../src/protocol/language';

const at = (line: number): Span => ({ start: { line, character: 0 }, end: { line, character: 9 } });
const anchor = (id: string, line: number) => ({ id, detail: '', span: at(line), selection: at(line) });
const SNAPSHOT: DocumentSnapshot = {
  uri: 'file:///facts.probes.yaml',
  version: 1,
  problems: [],
  head: at(0),
  runs: [],
  facts: [
    {
      ...anchor('one', 1),
      probes: [
        { ...anchor('a', 2), kind: 'memorization', exclude: false, target: at(4), expect: undefined },
        { ...anchor('b', 6), kind: 'semantic', exclude: false, target: undefined, expect: undefined },
      ],
    },
    {
      ...anchor('two', 10),
      probes: [{ ...anchor('a', 11), kind: 'semantic', exclude: false, target: at(12), expect: undefined }],
    },
  ],
};
const score = (changes: Partial<ProbeSummary>): ProbeSummary => ({
  fact: 'one',
  probe: 'a',
  run: 's1',
  step: 100,
  logprob: -2.314,
  change: 3.05,
  rank: 2,
  greedy: false,
  stale: false,
  key: 'k',
  ...changes,
});

describe('results at the end of lines', () => {
  it('stand at the end of the target, or of the probe where the target is missing', () => {
    const lines = endOfLines(SNAPSHOT, [score({}), score({ probe: 'b', change: null, rank: null })]);
    expect(lines.map(({ line, text }) => [line, text])).toEqual([
      [4, 'ℓ −2.31 nats · Δ +3.05 · rank 2'],
      [6, 'ℓ −2.31 nats'],
    ]);
  });

  it('keep facts apart whose probes have the same id', () => {
    const lines = endOfLines(SNAPSHOT, [score({ fact: 'two', logprob: -1 })]);
    expect(lines.map(({ line, text }) => [line, text])).toEqual([[12, 'ℓ −1.00 nats · Δ +3.05 · rank 2']]);
  });

  it('prefer a current score of another run to a stale one, and name the run where there are several', () => {
    const [line] = endOfLines(SNAPSHOT, [score({ stale: true }), score({ run: 's2' })]);
    expect(line).toMatchObject({ stale: false, text: 'ℓ −2.31 nats · Δ +3.05 · rank 2 · s2' });
    expect(line?.scores).toHaveLength(2);
  });

  it('say when they are stale, and leave out what is no longer in the file', () => {
    expect(endOfLines(SNAPSHOT, [score({ stale: true })])[0]).toMatchObject({
      stale: true,
      text: 'ℓ −2.31 nats · Δ +3.05 · rank 2 · text or model changed since',
    });
    expect(endOfLines(SNAPSHOT, [score({ fact: 'gone' }), score({ probe: 'gone' })])).toEqual([]);
  });
});

describe('the table of tokens', () => {
  it('shows spaces, and takes nothing in a token for markup', () => {
    const best = [{ id: 1, token: ' a|b', logprob: Math.log(0.5) }];
    const table = tokenTable([
      { id: 2, token: ' Cal', logprob: Math.log(0.25), rank: 3, best },
      { id: 3, token: '`<img src=x>[l](command:x)', logprob: -40, rank: 9, best: [] },
      { id: 4, token: '\n', logprob: 0, rank: 1, best: [] },
    ]);
    expect(table.split('\n').slice(2, 5)).toEqual([
      '| `␣Cal` | 25 % | 3 | `␣a\\|b` 50 % |',
      '| `` `<img␣src=x>[l](command:x) `` | 4.2e-16 % | 9 |  |',
      '| `⏎` | 100 % | 1 |  |',
    ]);
  });
});
