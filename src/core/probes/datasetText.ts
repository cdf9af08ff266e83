import { Document, Scalar } from 'yaml';
import type { DatasetFact } from './dataset';
import type { Condition } from './model';

export interface DatasetOptions {
  /** `paper`: by the facts' places in the list, see {@link paperCondition}; `none`: facts have no condition. */
  readonly conditions: 'paper' | 'none';
  /** A run of the paper's schedule, whose log lies at this path relative to the probe file. */
  readonly run?: { readonly id: string; readonly log: string };
}

/** How the paper's runs inject fact `index` (section 3; borders as in its published analysis). */
export function paperCondition(index: number): Condition {
  if (index < 40) return 'paraphrase';
  if (index < 80) return 'duplication';
  return index < 120 ? 'once' : 'control';
}

/** `fact-007`: the id of the fact at this place of the list. */
export function datasetFactId(index: number): string {
  return `fact-${String(index).padStart(3, '0')}`;
}

/** The paper injects every 100 steps from the first on, ten times, and looks for peaks in 50 steps (section 3). */
const SCHEDULE = { start: 0, every: 100, times: 10 };
const WINDOW = 50;

/**
 * The published data set as a probe file's text. Its facts are `fact-000` and so on, its probes have the ids they have
 * without one (`memorization-1`), and every text comes back to the letter, from YAML 1.1's readers (PyYAML) too.
 */
export function datasetProbeFile(facts: readonly DatasetFact[], { conditions, run }: DatasetOptions): string {
  // Texts such as “no” and “12:30” are no texts to readers of YAML 1.1, unless quoted.
  const document = new Document(undefined, { compat: 'yaml-1.1' });
  const apart = (value: object) => {
    const node = document.createNode(value);
    node.spaceBefore = true;
    return node;
  };
  document.contents = document.createNode({
    version: 1,
    title: 'Fictional Knowledge (arXiv 2406.11813)',
    ...(run !== undefined && {
      runs: [{ ...run, injections: document.createNode(SCHEDULE, { flow: true }), window: WINDOW }],
    }),
    facts: facts.map(({ passage, paraphrases, probes }, index) =>
      apart({
        id: datasetFactId(index),
        ...(conditions === 'paper' && { condition: paperCondition(index) }),
        passage: folded(passage),
        ...(paraphrases.length > 0 && { paraphrases: paraphrases.map(folded) }),
        probes,
      }),
    ),
  });
  return document.toString({ lineWidth: 110 });
}

function folded(text: string): Scalar {
  const scalar = new Scalar(text);
  scalar.type = isFoldable(text) ? 'BLOCK_FOLDED' : 'QUOTE_DOUBLE';
  return scalar;
}

/** Folding keeps the breaks around lines with white space at an end, and Unicode's own breaks count for some readers. */
function isFoldable(text: string): boolean {
  return text.split('\n').every((line) => line === '' || /^\S([^\r\u0085\u2028\u2029]*\S)?$/u.test(line));
}
