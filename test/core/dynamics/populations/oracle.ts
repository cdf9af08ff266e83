import { readFileSync } from 'node:fs';

/** One fact's training: what comes of it. */
export interface Training {
  readonly a: number;
  readonly b: number;
  readonly steps: number;
  readonly rise: number;
  readonly level: number;
  readonly encounter: number;
  readonly probability: number;
}

interface Reference {
  readonly zipf: readonly { s: number; facts: number; ranks: number[]; frequencies: number[] }[];
  readonly sums: readonly { a: number; b: number; steps: number; kept: number; squares: number }[];
  readonly encounters: readonly {
    share: number;
    batch: number;
    encounter: number;
    mean: number;
    median: number;
    p95: number;
    within100: number;
  }[];
  readonly trainings: readonly (Training & { when: 'end' | 'ever'; mean: number; deviation: number })[];
  readonly simulated: readonly (Training & { samples: number })[];
  readonly capped: readonly { zipf: number; facts: number; cap: number; frequencies: number[] }[];
  readonly balanced: readonly {
    parents: number[][];
    amounts: number[];
    kept: number;
    amountsKept: number[];
  }[];
}

/** Reference values by NumPy and SciPy (test/oracle/populations.py). */
export const oracle = JSON.parse(
  readFileSync(new URL('../../../oracle/populations.json', import.meta.url), 'utf8'),
) as Reference;
