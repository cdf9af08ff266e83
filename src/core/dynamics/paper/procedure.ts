/**
 * What the published analysis of arXiv 2406.11813 (kaistAI/factual-knowledge-acquisition, commit f8eaa5c) has
 * hard-coded (quirk 1). Its figures stand on these numbers, so they are no options here either.
 */

/** Conditions in the order of the log's examples. */
export const PAPER_CONDITIONS = ['paraphrase', 'duplication', 'once'] as const;
export type PaperCondition = (typeof PAPER_CONDITIONS)[number];

/** Examples of one condition: `first` up to but not including `end`. The examples from 120 on are never analysed. */
export interface PaperBlock {
  readonly condition: PaperCondition;
  readonly first: number;
  readonly end: number;
  /** Injection i follows entry i · {@link SPACING}. */
  readonly injections: number;
}

export const PAPER_BLOCKS: readonly PaperBlock[] = [
  { condition: 'paraphrase', first: 0, end: 40, injections: 10 },
  { condition: 'duplication', first: 40, end: 80, injections: 10 },
  { condition: 'once', first: 80, end: 120, injections: 1 },
];
export const ANALYSED_EXAMPLES = 120;

/** Entries between two injections. */
export const SPACING = 100;
/** Entries after an injection among which the local acquisition maximum is looked for. */
export const WINDOW = 50;
/** Entries after each local acquisition maximum at which the retainability per injection is taken. */
export const LAG = 50;
/** The curve has an entry count of N − 950 points: the last window ends at entry 950. */
export const CURVE_OFFSET = 950;
/** Interquartile ranges beyond the quartiles at which a value is an outlier; the paper's text says 1.5. */
export const FENCE = 2;
