import { expect, it } from 'vitest';
import { whyNothing } from '../../../src/extension/scoring/nothing';
import type { FactAnchor, Span } from '../../../src/protocol/language';

const at: Span = { start: { line: 0, character: 0 }, end: { line: 0, character: 1 } };
const anchor = (id: string) => ({ id, detail: '', span: at, selection: at });
const fact = (id: string, ...excluded: readonly boolean[]): FactAnchor => ({
  ...anchor(id),
  probes: excluded.map((exclude, i) => ({
    ...anchor(`semantic-${i + 1}`),
    kind: 'semantic',
    exclude,
    target: undefined,
    expect: undefined,
  })),
});

it.each([
  [[], {}, 'it has no facts. Write one under “facts:”.'],
  [[fact('cape')], {}, 'its facts have no probes. Write one under “probes:”.'],
  [
    [fact('cape'), fact('b', true)],
    { fact: 'cape' },
    'the fact “cape” has no probes. Write one under “probes:”.',
  ],
  [[fact('cape', true, true)], {}, 'all its probes are excluded (“exclude: true”).'],
  [
    [fact('cape', true), fact('b', false)],
    { fact: 'cape' },
    'all probes of “cape” are excluded (“exclude: true”).',
  ],
  [
    [fact('cape', false, true)],
    { fact: 'cape', probe: 'semantic-2' },
    'the probe “semantic-2” is excluded (“exclude: true”).',
  ],
  [[fact('cape', false, true)], {}, 'all its probes are excluded or without a target.'],
])('the editor says why there is nothing to score', (facts, selection, why) => {
  expect(whyNothing('a/facts.probes.yaml', facts, selection)).toBe(
    `There is nothing to score in a/facts.probes.yaml: ${why}`,
  );
});
